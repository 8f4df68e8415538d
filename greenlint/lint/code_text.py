"""Code: what is left of Python text without its strings and comments.

Docstrings and comments are full of calls that nothing runs. The gate and the outline look at the
same code, so it is made once.
"""

import re
from functools import lru_cache

# Strings and comments. An open end is taken too, and nothing is given back: linear on any input.
_NO_CODE = re.compile(
    r"(#[^\n]*+"
    r'|"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'(?:[^'\\\n]++|\\.)*+'?)",
    re.DOTALL,
)
# What is code in a string: the expressions of an f-string, and annotations.
_EXPRESSION = re.compile(r"\{[^{}]*+\}")
_F_STRING = re.compile(r"(?:[fF][rR]?|[rR][fF])$")
_ANNOTATION = re.compile(r"(?:->|\w[ \t]*:|\bOptional\[)[ \t]*$")
_LOOKED_BACK = 12
# What stands before those; most strings are told from them by it.
_BEFORE_F_STRING = frozenset("fFrR")
_BEFORE_ANNOTATION = frozenset(" \t:>[")


@lru_cache(maxsize=1)
def code_in(text: str) -> str:
    """Python text with its lines, without comments, and of strings only what is code in them.

    The lines of a string are joined by backslashes: what stands behind it is no new statement.
    """
    pieces = _NO_CODE.split(text)
    for index in range(1, len(pieces), 2):
        piece = pieces[index]
        if piece[0] == "#":
            pieces[index] = ""
        else:
            code = _code_of(piece, pieces[index - 1][-_LOOKED_BACK:])
            pieces[index] = f'"" {code}' + "\\\n" * piece.count("\n")
    return "".join(pieces)


def _code_of(string: str, before: str) -> str:
    """What is code in a string with that before it."""
    last = before[-1:]
    if last in _BEFORE_F_STRING and _F_STRING.search(before):
        return " ".join(_EXPRESSION.findall(string)).replace("\n", " ")
    if last in _BEFORE_ANNOTATION and "\n" not in string and _ANNOTATION.search(before):
        return string.strip("\"'")
    return ""
