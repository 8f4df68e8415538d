"""Where the tests keep their ledgers."""

from collections.abc import Callable

from greenlint.ledger.store import SqlLedger

BACKENDS = ("sqlite", "postgresql")

# Opens the ledger of a test: (clock, recover=True).
Open = Callable[..., SqlLedger]
