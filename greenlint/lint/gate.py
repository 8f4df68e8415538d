"""The gate: which rules can fire at all in a file, told from its bytes alone."""

from collections.abc import Iterable

from greenlint.lint.rule import Rule


class Gate:
    """Searches a file's bytes for the words without which a rule can't fire.

    Words are looked up lazily and at most once a file: most files fail at the first group of
    every rule, which names the libraries the rule is about.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple((rule.name, rule.gate) for rule in rules)

    def candidates(self, data: bytes) -> frozenset[str]:
        """The names of the rules that `data` can possibly concern."""
        known: dict[bytes, bool] = {}

        def holds(word: bytes) -> bool:
            found = known.get(word)
            if found is None:
                found = known[word] = word in data
            return found

        return frozenset(
            name
            for name, groups in self._rules
            if all(any(holds(word) for word in group) for group in groups)
        )
