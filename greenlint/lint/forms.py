"""What kind of file a path names, told by its name alone."""

import re
from enum import Enum, auto

_DOCKERFILE = re.compile(
    r"(?:docker|container)file(?:[._-].+)?|.+\.(?:docker|container)file", re.IGNORECASE
)
# What only becomes a Dockerfile when something fills it in, and what goes with one.
_NO_DOCKERFILE = re.compile(
    r".*\.(?:dockerignore|j2|jinja2?|tmpl|tpl|template|in|erb|mustache|md|rst|txt|py|sh|ps1|html?"
    r"|json|ya?ml)",
    re.IGNORECASE,
)
_MANIFEST = (".yaml", ".yml")


class Form(Enum):
    """How a file is read."""

    PYTHON = auto()
    NOTEBOOK = auto()
    DOCKERFILE = auto()
    MANIFEST = auto()

    @property
    def is_code(self) -> bool:
        """Whether it holds Python code."""
        return self in {Form.PYTHON, Form.NOTEBOOK}


def form_of(name: str) -> Form | None:
    """How a file of this name (or path) is read; None for one that a directory does not offer."""
    if name.endswith(".py"):
        return Form.PYTHON
    if name.endswith(".ipynb"):
        return Form.NOTEBOOK
    base = name.rpartition("/")[2]
    if base.endswith(_MANIFEST):
        return Form.MANIFEST
    if _DOCKERFILE.fullmatch(base) and not _NO_DOCKERFILE.fullmatch(base):
        return Form.DOCKERFILE
    return None
