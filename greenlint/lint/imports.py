"""Import statements as data: which local name stands for which qualified name."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst


@dataclass(frozen=True, slots=True)
class Imported:
    """A local name and what it stands for; `name` is `*` for a star import."""

    name: str
    target: str


def dotted_name(node: cst.BaseExpression | None) -> str | None:
    """The dotted name that `node` spells, such as `os.path`; None when it is anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    parts.append(node.value)
    return ".".join(reversed(parts))


def imported_names(statement: cst.Import | cst.ImportFrom) -> Iterator[Imported]:
    """Every name that `statement` binds.

    A relative import keeps its dots (`.clients.make`), so that it never looks like a library.
    """
    if isinstance(statement, cst.Import):
        yield from _plain(statement)
        return
    module = "." * len(statement.relative) + (dotted_name(statement.module) or "")
    if isinstance(statement.names, cst.ImportStar):
        yield Imported("*", module)
        return
    for alias in statement.names:
        name = dotted_name(alias.name)
        if name is None:
            continue
        target = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
        yield Imported(_alias_name(alias) or name, target)


def _plain(statement: cst.Import) -> Iterator[Imported]:
    for alias in statement.names:
        target = dotted_name(alias.name)
        if target is None:
            continue
        name = _alias_name(alias)
        if name is not None:
            yield Imported(name, target)
        else:
            # `import a.b` binds `a`; the attribute access then spells the rest.
            root = target.split(".", 1)[0]
            yield Imported(root, root)


def _alias_name(alias: cst.ImportAlias) -> str | None:
    if alias.asname is None or not isinstance(alias.asname.name, cst.Name):
        return None
    return alias.asname.name.value
