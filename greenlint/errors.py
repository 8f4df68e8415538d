"""What can go wrong because of something the user can mend; every error carries its cure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend, and where it is.

    `line` and `column` count from 1; `hint` is a phrase that says how to mend it.
    """

    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class GreenlintError(Exception):
    """Something the user must mend; the command line prints `problems` and `hint`."""

    exit_code = 2
    hint = ""

    def __init__(self, problems: str | Problem | Iterable[Problem], *, hint: str = "") -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.hint = hint or self.hint
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(GreenlintError):
    """The command line was used in a way it does not offer."""

    hint = "Run `greenlint --help` to see what there is."


class PolicyError(GreenlintError):
    """A policy file cannot be used as written."""

    hint = "Run `greenlint policy check` to see every problem at once."


class RuleError(GreenlintError):
    """A rule or catalog file cannot be used as written."""

    hint = "rules/README.md describes the format."


class LedgerError(GreenlintError):
    """The ledger cannot be reached, or holds something that it must not."""

    hint = "`greenlint ledger verify` says what is wrong with it."


class LedgerDamagedError(LedgerError):
    """The file of the ledger cannot be read as what it is."""


class BudgetError(GreenlintError):
    """Work was denied or stopped because a limit of the policy was reached."""

    exit_code = 1
    hint = "`greenlint budgets` shows what was spent of each budget."
