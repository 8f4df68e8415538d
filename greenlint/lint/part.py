"""A part of a file: one function, or what stands outside of all functions, as text."""

import re
from functools import cached_property

from greenlint.lint.loops import LOOP, with_loops

_IDENTIFIER = re.compile(r"[^\W\d]\w*\(?")
_FREE = re.compile(r"(?<![\w.])[^\W\d]\w*\(?")
_OWN = re.compile(r"\b(?:self|cls)\s*\.\s*(\w+\(?)")
IMPORT = re.compile(r"^[ \t]*(?:from|import)\b[^\n(]*+(?:\([^)]{0,9999}+\))?", re.MULTILINE)
WORD = re.compile(r"[^\W\d]\w*")
# Methods that set up what other methods use.
_SETUP = frozenset({"__init__", "__post_init__", "__new__", "setup"})
_FOR = re.compile(r"^[ \t]*(?:async[ \t]+)?for\b", re.MULTILINE)
_DEFINED = re.compile(r"\bdef[ \t]+(\w+)")
_INNER = re.compile(r"\blambda\b|^[ \t]+(?:async[ \t]+)?def\b", re.MULTILINE)

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
    def words(self) -> frozenset[str]:
        """The identifiers in the code; one that is called is there with its parenthesis too."""
        return _words_of(self.code)

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
        words = set(_FREE.findall(self.code))
        words.update([word[:-1] for word in words if word[-1] == "("])
        return frozenset(words)

    @cached_property
    def own_words(self) -> frozenset[str]:
        """The attributes of `self` or `cls` among them."""
        words = set(_OWN.findall(self.code))
        words.update([word[:-1] for word in words if word[-1] == "("])
        return frozenset(words)

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
        if len(_FOR.findall(self.code)) < loops:
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
        return _INNER.search(self.code, self.code.find("def") if self.name else 0) is not None


def _words_of(code: str) -> frozenset[str]:
    words = set(_IDENTIFIER.findall(code))
    words.update([word[:-1] for word in words if word[-1] == "("])
    return frozenset(words)
