"""Charging one request, and all that an error says."""

import traceback

from greenlint.ledger.entry import Account, Lease
from greenlint.ledger.store import SqlLedger
from greenlint.policy.amounts import Amounts, Limits

ACCOUNT = Account("train", "fleet", 1_800_000_000)


def reserve(ledger: SqlLedger, *, lifetime: float = 600.0) -> Lease:
    """A lease of one request, which is always granted."""
    one = Amounts(requests=1)
    lease = ledger.reserve(ACCOUNT, limits=Limits(), wanted=one, needed=one, lifetime=lifetime)
    assert isinstance(lease, Lease)
    return lease


def settle(ledger: SqlLedger) -> None:
    """One request, charged."""
    assert ledger.settle(reserve(ledger), Amounts(requests=1), provenance="measured")


def everything_said(error: BaseException) -> str:
    """An error with its causes, as a traceback prints them."""
    return "".join(traceback.format_exception(error))
