"""Who mentions whom: the functions of a file that its parts name and call, told from their words.

A method is named as an attribute of `self` or `cls`, or in any way outside of all functions.
"""

from collections.abc import Iterable, Sequence

from greenlint.lint.part import Part


class Mentions:
    """The mentions among some parts of a file; worked out part by part, and once."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._methods: dict[str, list[Part]] = {}
        self._functions: dict[str, list[Part]] = {}
        for part in parts:
            if part.name:
                named = self._methods if part.indent else self._functions
                named.setdefault(part.name, []).append(part)
        self._mentioned: dict[Part, tuple[Part, ...]] = {}
        self._mentioning: dict[Part, list[Part]] | None = None

    def of(self, part: Part) -> tuple[Part, ...]:
        """The functions that a part mentions."""
        known = self._mentioned.get(part)
        if known is None:
            functions = self._among(self._functions, part.free_words)
            words = part.own_words if part.name else part.free_words
            known = self._mentioned[part] = (*functions, *self._among(self._methods, words))
        return known

    def run_in(self, part: Part) -> Iterable[Part]:
        """Those of them that it may run: call, or read as a property."""
        for function in self.of(part):
            words = part.own_words if function.indent and part.name else part.free_words
            if function.is_property or f"{function.name}(" in words:
                yield function

    def by(self, function: Part) -> Sequence[Part]:
        """The parts that mention a function."""
        if self._mentioning is None:
            self._mentioning = {}
            for part in self._parts:
                for mentioned in self.of(part):
                    self._mentioning.setdefault(mentioned, []).append(part)
        return self._mentioning.get(function, ())

    @staticmethod
    def _among(named: dict[str, list[Part]], words: frozenset[str]) -> Iterable[Part]:
        for name in named.keys() & words:
            yield from named[name]
