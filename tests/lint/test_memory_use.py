"""A process that checks file after file keeps nothing of them."""

import gc
from textwrap import dedent

from greenlint.lint.checker import check_source
from greenlint.lint.ruleset import load_ruleset
from greenlint.lint.source import Source
from greenlint.policy.settings import LintSettings

TEXT = dedent("""
    import torch
    from openai import OpenAI
    client_{n} = OpenAI()

    def ask_{n}(question):
        while True:
            try:
                return client_{n}.chat.completions.create(model="m{n}", messages=[question])
            except Exception:
                pass

    def predict_{n}(net: torch.nn.Module, batches):
        return [net(batch_{n}) for batch_{n} in batches]
    """)
ROOM = 500  # objects: less than half of what one of these files takes while it is checked


def objects_after(ruleset, numbers: range) -> int:
    """How many objects are alive after files with these numbers were checked."""
    for n in numbers:
        text = TEXT.replace("{n}", str(n))
        assert check_source(Source(f"app/m{n}.py", text, text.encode()), ruleset).matches
    gc.collect()
    return len(gc.get_objects())


def test_files_leave_nothing_behind(tmp_path):
    """Each has names of its own, so that whatever is kept by name grows."""
    ruleset = load_ruleset(LintSettings(select=("ALL",), root=str(tmp_path)))
    before = objects_after(ruleset, range(5))
    assert objects_after(ruleset, range(5, 45)) - before < ROOM
