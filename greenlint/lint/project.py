"""Projects: the directories that files belong to, and what their configuration declares.

Facts: `dependency:NAME` (a requirement, by its normalized name) and `config:mixed-precision`,
`config:early-stopping`, `config:response-cache` (a setting in a JSON, YAML or TOML file at the
project's root or one level below, as accelerate, DeepSpeed, Hydra, Lightning and LiteLLM have it).
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from greenlint.regular_file import read_regular
from greenlint.toml_document import parse_toml

_MARKERS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})
_REQUIREMENTS = re.compile(r"requirements[\w.-]*\.(?:txt|in)")
_CONFIG_SUFFIXES = (".json", ".yaml", ".yml", ".toml")
_MAX_BYTES = 1_000_000
_MAX_CONFIGS = 300

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_QUOTED_REQUIREMENT = re.compile(
    r"""["']([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[\w\s,.-]*\])?\s*(?:(?:[<>=!~]=?|;|@)[^"']*)?["']"""
)
_GAP = r"[ \t]*"
# A setting at the start of a line, or a member of an object in one line.
_KEY = rf"(?:^|[{{,]){_GAP}(?:- )?[\"']?(?:%s)[\"']?{_GAP}[:=]{_GAP}"
_ON = r"[\"']?(?:true|auto|yes|on|1)\b"
_ENABLED = rf"[\"']?enabled[\"']?{_GAP}[:=]{_GAP}{_ON}"
_LOW_PRECISION = r"[\"']?(?:(?:bf|fp|)16(?:-mixed|-true)?|fp8|amp)[\"']?[ \t]*(?:$|[,}#])"
_DEPENDENCY = "dependency:"
_CONFIGS = {
    "config:mixed-precision": (
        _KEY % r"mixed_precision(?:_training)?|precision|amp_dtype" + _LOW_PRECISION,
        _KEY % "fp16|bf16|use_amp|amp" + rf"(?:{_ON}|\{{[^{{}}]*{_ENABLED}|\n[ \t]+{_ENABLED})",
    ),
    "config:early-stopping": (
        _KEY % r"\w{0,40}early_?stopping\w{0,40}"
        + r"(?:\n[ \t]+\w|[\"']?(?!(?:false|null|none|0|no|off)\b|~)[^\s\"',}])",
        _KEY % "_target_|class_path" + r".*EarlyStopping",
    ),
    "config:response-cache": (_KEY % r"(?:enable_|llm_|response_)?cache" + _ON,),
}


class Projects:
    """Finds the project root of files: the nearest directory upwards that looks like one."""

    def __init__(self, fallback: str) -> None:
        """Files with no such directory above them belong to `fallback`."""
        self._fallback = fallback
        self._roots: dict[str, str | None] = {}

    def root_of(self, path: str) -> str:
        """The root of the project that the file with this absolute path belongs to."""
        return self._root_of_directory(os.path.dirname(path)) or self._fallback

    def _root_of_directory(self, directory: str) -> str | None:
        pending: list[str] = []
        current = directory
        while current not in self._roots:
            pending.append(current)
            if _is_root(current):
                self._roots[current] = current
                break
            parent = os.path.dirname(current)
            if parent == current:
                self._roots[current] = None
                break
            current = parent
        for below in pending:
            self._roots[below] = self._roots[current]
        return self._roots[current]


def is_declared(fact: str) -> bool:
    """Whether only the configuration of a project can provide a fact, and no code."""
    return fact.startswith(_DEPENDENCY) or fact in _CONFIGS


def declared_facts(root: str, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the facts `wanted` the configuration of the project at `root` provides."""
    facts: set[str] = set()
    if any(fact.startswith(_DEPENDENCY) for fact in wanted):
        facts.update(f"{_DEPENDENCY}{name}" for name in dependencies(root))
    if not wanted.isdisjoint(_CONFIGS):
        for text in _config_texts(root):
            facts.update(fact for fact in wanted - facts if _is_set(fact, text))
    return wanted & facts


def _is_set(fact: str, text: str) -> bool:
    flags = re.MULTILINE | re.IGNORECASE
    return any(re.search(pattern, text, flags) for pattern in _CONFIGS.get(fact, ()))


def dependencies(root: str) -> frozenset[str]:
    """The normalized names of what the project's own files require."""
    names: set[str] = set()
    for name in _file_names(root):
        path = os.path.join(root, name)
        reader = _READERS.get(name)
        if reader is None and _REQUIREMENTS.fullmatch(name):
            reader = _requirement_lines
        if reader is not None and (text := _text(path)) is not None:
            names.update(reader(text))
    for name in _file_names(os.path.join(root, "requirements")):
        if name.endswith((".txt", ".in")):
            text = _text(os.path.join(root, "requirements", name))
            names.update(_requirement_lines(text or ""))
    return frozenset(re.sub(r"[-_.]+", "-", name).lower() for name in names)


def _is_root(directory: str) -> bool:
    try:
        names = os.listdir(directory)
    except OSError:
        return False
    return any(name in _MARKERS or _REQUIREMENTS.fullmatch(name) for name in names)


def _requirement_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if found := _NAME.match(line.strip()):
            yield found[0]


def _pyproject_requirements(text: str) -> Iterator[str]:
    try:
        document = parse_toml(text.encode())
    except ValueError:
        return
    project = _table(document, "project")
    lists = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    lists.extend(_table(document, "dependency-groups").values())
    for requirements in lists:
        if isinstance(requirements, list):
            texts = (line for line in requirements if isinstance(line, str))
            yield from _requirement_lines("\n".join(texts))
    poetry = _table(_table(document, "tool"), "poetry")
    yield from _table(poetry, "dependencies")
    for group in _table(poetry, "group").values():
        yield from _table(group, "dependencies")


def _table(document: object, key: str) -> dict[str, Any]:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}


def _setup_cfg_requirements(text: str) -> Iterator[str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return
    yield from _requirement_lines(parser.get("options", "install_requires", fallback=""))
    if parser.has_section("options.extras_require"):
        for requirements in parser["options.extras_require"].values():
            yield from _requirement_lines(requirements)


def _setup_py_requirements(text: str) -> Iterator[str]:
    """Every quoted text that looks like a requirement: one too many does no harm."""
    for found in _QUOTED_REQUIREMENT.finditer(text):
        yield found[1]


_READERS: dict[str, Callable[[str], Iterator[str]]] = {
    "pyproject.toml": _pyproject_requirements,
    "setup.cfg": _setup_cfg_requirements,
    "setup.py": _setup_py_requirements,
}


def _config_texts(root: str) -> Iterator[str]:
    """The configuration files at the root and one level below, in a fixed order."""
    names = _file_names(root)
    paths = [os.path.join(root, name) for name in names if name.endswith(_CONFIG_SUFFIXES)]
    for name in names:
        below = os.path.join(root, name)
        if not name.startswith(".") and os.path.isdir(below):
            inside = (file for file in _file_names(below) if file.endswith(_CONFIG_SUFFIXES))
            paths += [os.path.join(below, file) for file in inside]
    for path in paths[:_MAX_CONFIGS]:
        if (text := _text(path)) is not None:
            yield text


def _file_names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _text(path: str) -> str | None:
    """The text of a regular file of reasonable size; bytes that are no UTF-8 are replaced."""
    try:
        return read_regular(Path(path), limit=_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
