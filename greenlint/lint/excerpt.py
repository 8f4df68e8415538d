"""An excerpt: one definition of a module and whatever of the module that leads to, as text."""

import re
from collections.abc import Iterator

from greenlint.lint.outline import Outline
from greenlint.lint.part import IMPORT, WORD
from greenlint.lint.questions import CALLERS, Handover

# Where a statement at module level begins, and what only carries one on.
_BEGINS = re.compile(r"[^\s)\]}#]")
_CARRIES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_DEFINITION = re.compile(
    r"(?:@[^\n]*\n|[ \t)][^\n]*\n)*(?:async[ \t]+)?(?:def|class)[ \t]+(?P<names>\w+)"
)
_ASSIGNED = re.compile(r"(?P<names>(?:\w+[ \t]*,[ \t]*)*\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
_ALL_DEFINED = re.compile(
    r"^[ \t]+(?:(?:async[ \t]+)?(?:def|class)[ \t]+)?(?P<names>\w+)[ \t]*(?:[=:(]|$)", re.MULTILINE
)


def excerpt(text: str, reference: str) -> str:
    """The text with what defines a name, what that mentions, and so on, and with all imports.

    For a handover (`questions`) it starts with what may call its function instead. What is left
    out leaves empty lines; empty if nothing of it can be there.
    """
    handover = Handover.read(reference) if reference.startswith(CALLERS) else None
    name = reference if handover is None else handover.function
    if not name or not _may_hold(text, name, handover):
        return ""
    outline = Outline(text)
    code = outline.code.split("\n")
    statements = list(_statements(code))
    bodies = {span: "\n".join(code[slice(*span)]).strip("\n") for span in statements}
    homes: dict[str, list[tuple[int, int]]] = {}
    for span, body in bodies.items():
        for defined in _defined(body):
            homes.setdefault(defined, []).append(span)
    if handover is not None:
        homes = homes | {name: [span for span, body in bodies.items() if f"{name}(" in body]}
    kept = {span for span, body in bodies.items() if _imports(body)}
    stack, seen = [name], {name}
    while stack:
        for span in homes.get(stack.pop(), ()):
            kept.add(span)
            new = (homes.keys() & set(WORD.findall(bodies[span]))) - seen
            stack.extend(new)
            seen |= new
    lines = outline.lines
    return "\n".join(
        "\n".join(lines[slice(*span)]) if span in kept else "\n" * (span[1] - span[0] - 1)
        for span in statements
    )


def _may_hold(text: str, name: str, handover: Handover | None) -> bool:
    if handover is not None:
        return f"{name}(" in text and handover.module in text
    return name in text or "*" in text


def _statements(code: list[str]) -> Iterator[tuple[int, int]]:
    """First line and end of what begins at the margin; decorators go with what they decorate."""
    starts = [
        number
        for number, line in enumerate(code)
        if _BEGINS.match(line) and not _CARRIES_ON.match(line)
    ]
    merged = [
        start
        for index, start in enumerate(starts)
        if index == 0 or not code[starts[index - 1]].startswith("@")
    ]
    for start, end in zip([0, *merged], [*merged, len(code)], strict=True):
        if start < end:
            yield start, end


def _imports(body: str) -> bool:
    """Whether a statement only imports, be it on a condition."""
    return _DEFINITION.match(body) is None and IMPORT.search(body) is not None


def _defined(body: str) -> Iterator[str]:
    """The names that a statement defines: its own, or all within an `if` or `try`."""
    own = _DEFINITION.match(body) or _ASSIGNED.match(body)
    found = _ALL_DEFINED.finditer(body) if own is None else [own]
    for match in found:
        yield from WORD.findall(match["names"])
