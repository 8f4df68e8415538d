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


def is_test_path(path: str) -> bool:
    """Whether a file is a test by its path, or shows the slow way on purpose."""
    parts = path.lower().split("/")
    stem = parts[-1].rsplit(".", 1)[0]
    if stem.startswith("test_") or stem.endswith("_test") or stem == "conftest":
        return True
    if any(part in {"test", "tests", "testing"} for part in parts[:-1]):
        return True
    return "naive" in re.split(r"[\W_]+", stem) or "no_cache" in stem
