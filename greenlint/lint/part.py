"""A part of a file: one function, or what stands outside of all functions, as text."""

import re
import string
from functools import cached_property

from greenlint.lint.loops import LOOP, with_loops

# Each starts with what can be looked for at once.
_OWN = (re.compile(r"self\s*\.\s*(\w+\(?)"), re.compile(r"cls\s*\.\s*(\w+\(?)"))
IMPORT = re.compile(
    r"^[ \t]*(?:from|import)\b[^\n(\\]*+(?:\\\n?[^\n(\\]*+)*+(?:\([^)]{0,9999}+\))?", re.MULTILINE
)
WORD = re.compile(r"[^\W\d]\w*")
# Methods that set up what other methods use.
_SETUP = frozenset({"__init__", "__post_init__", "__new__", "setup"})
_FOR = re.compile(r"^[ \t]*(?:async[ \t]+)?for\b", re.MULTILINE)
_DEFINED = re.compile(r"def[ \t]+(\w+)")
# All that is not ASCII is taken for letters: strings are gone.
_IN_WORDS = frozenset((string.ascii_letters + string.digits + "_(").encode()).union(range(128, 256))
_WITHOUT_DOTS = bytes(byte if byte in _IN_WORDS else 32 for byte in range(256))
_WITH_DOTS = _WITHOUT_DOTS[: ord(".")] + b"." + _WITHOUT_DOTS[ord(".") + 1 :]
_DEF = re.compile(r"def[ \t]")

_STORED_CALL = re.compile(r"\bself\.(\w+)[ \t]*=[ \t]*(\w+)\(")
_PROPERTY = re.compile(r"@[\w.]*property\b")
_NEAR = 400  # characters from the first decorator


class Part:
    """A function or method or, without a name, what stands outside of all of them.

    `line` is where its `def` stands, `first` where its decorators start, `end` the line behind
    it, all from 0. `code` is its text without comments, and of strings only what is code in them.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.name = self.indent = ""
        self.first = self.line = self.end = 0

    @cached_property
    def spelled_words(self) -> frozenset[str]:
        """The identifiers in the code, each with the parenthesis that stands right behind it."""
        return _tokens(self.code, _WITHOUT_DOTS)

    @cached_property
    def words(self) -> frozenset[str]:
        """The identifiers in the code; one that is called is there with its parenthesis too."""
        return _with_bare(self.spelled_words)

    @cached_property
    def called_words(self) -> frozenset[str]:
        """Those of them that are called."""
        return frozenset(word[:-1] for word in self.words if word[-1] == "(")

    @cached_property
    def used_words(self) -> frozenset[str]:
        """Those of `words` that do not only stand in imports."""
        return frozenset(WORD.findall(IMPORT.sub("", self.code)))

    @cached_property
    def free_words(self) -> frozenset[str]:
        """Those of them that are no attributes."""
        words = frozenset(word.partition(".")[0] for word in _tokens(self.code, _WITH_DOTS))
        return _with_bare(words - {""})

    @cached_property
    def own_words(self) -> frozenset[str]:
        """The attributes of `self` or `cls` among them."""
        return _with_bare(frozenset(word for own in _OWN for word in own.findall(self.code)))

    @cached_property
    def stored_calls(self) -> tuple[tuple[str, str], ...]:
        """The attributes of `self` that are given what a call makes, and the name called."""
        return tuple(_STORED_CALL.findall(self.code)) if self.indent else ()

    @cached_property
    def is_property(self) -> bool:
        """Whether it is a method that is read like an attribute."""
        return self.is_decorated and _PROPERTY.search(self.code, 0, _NEAR) is not None

    @property
    def is_setup(self) -> bool:
        """Whether it is a method that sets up what other methods use."""
        return bool(self.indent) and self.name in _SETUP

    @property
    def is_decorated(self) -> bool:
        """Whether it is a function with a decorator."""
        return self.first < self.line

    @cached_property
    def has_loop(self) -> bool:
        """Whether it may hold a loop or comprehension."""
        return LOOP.search(self.code) is not None

    @cached_property
    def looped_words(self) -> frozenset[str]:
        """Those of `words` that may stand in a loop or comprehension."""
        if not self.has_loop:
            return frozenset()
        return _words_of("\n".join(s for s, around in self._loops if around or LOOP.search(s)))

    def words_under(self, loops: int) -> frozenset[str]:
        """Those of `words` that may stand under so many `for` statements."""
        if self.code.count("for") < loops or len(_FOR.findall(self.code)) < loops:
            return frozenset()
        return _words_of("\n".join(s for s, around in self._loops if around.count("f") >= loops))

    @cached_property
    def defined_words(self) -> frozenset[str]:
        """The names of the functions that it is or holds."""
        return frozenset(_DEFINED.findall(self.code))

    @cached_property
    def _loops(self) -> list[tuple[str, str]]:
        """The statements, and the loops around each."""
        return list(with_loops(self.code))

    @cached_property
    def has_inner_function(self) -> bool:
        """Whether it may hold a function or lambda."""
        return "lambda" in self.words or len(_DEF.findall(self.code)) > bool(self.name)


def _words_of(code: str) -> frozenset[str]:
    return _with_bare(_tokens(code, _WITHOUT_DOTS))


def _tokens(code: str, kept: bytes) -> frozenset[str]:
    """What stands between other characters than those that a table keeps."""
    return frozenset(code.replace("(", "( ").encode().translate(kept).decode().split()) - {"("}


def _with_bare(words: frozenset[str]) -> frozenset[str]:
    """Words, and those that are called without their parentheses too."""
    return words.union([word[:-1] for word in words if word[-1] == "("])
