"""Low, medium or high: how policies, rules and findings grade severity and confidence."""

import enum


class Level(enum.IntEnum):
    """How much something wastes (severity), or how sure a match is (confidence)."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The level as rules, policies and reports spell it."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Level":
        """The level that `word` spells; KeyError when it spells none."""
        return cls[word.upper()]
