"""What a text can mean, told from the words it is made of."""

import pytest

from greenlint.lint.catalog import Catalog, CatalogType
from greenlint.lint.spelling import Spellings

SPELLINGS = Spellings(
    Catalog(
        types=(
            CatalogType("acme.client", ("acme.Client", "acme_*.Client")),
            CatalogType("acme.chat", ("acme.client:chats.open",)),
            CatalogType("acme.loop", ("acme.loop:again",)),
        )
    )
)


@pytest.mark.parametrize(
    ("text", "name", "means"),
    [
        (b"from acme.models import Net", "acme.models.Net", True),
        (b"from acme import models as m; m.Net", "acme.models.Net", True),
        (b"from acme.models import *; Net", "acme.models.Net", True),
        (b"from acme import models", "acme.models.Net", False),
        (b"acme; models; Nets", "acme.models.Net", False),
        (b"acme; models; ResNet18", "acme.models.*Net*", True),
        (b"acme; models; Vgg", "acme.models.*Net*", False),
        (b"acme; make; run", "acme.make().run", True),
        (b"input", "builtins.input", True),
        (b"acme; Client; ask", "acme.client:ask", True),
        (b"acme; ask", "acme.client:ask", False),
        (b"acme; Client; chats; open; send", "acme.chat:send", True),
        (b"acme; Client; send", "acme.chat:send", False),
        (b"acme; Client", "acme.client:__call__", True),
        (b"anything; x", "unknown.type:x", True),
        (b"acme; again", "acme.loop:again", True),
    ],
)
def test_names_that_a_text_can_mean(text, name, means):
    """Each part has to be spelled, of an object also one of the names that build it."""
    assert (name in SPELLINGS.in_text(b"import acme, anything\n" + text)) is means


def test_names_need_their_library():
    """The word alone is not enough where nothing imports it."""
    assert "acme.client:ask" not in SPELLINGS.in_text(b"acme.Client().ask()")
    assert "acme.client:ask" in SPELLINGS.in_text(b"import acme_pro\nacme_pro.Client().ask()")
