"""Many processes at once, as a program: `hammer.py SETTINGS PROCESSES LIMIT`.

Each opens the ledger, which may be new, at the same moment, and takes leases of different sizes
until it is refused; it settles most and leaves some open. Prints what each was granted, and what
of that it gave back.
"""

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Account, Lease
from greenlint.ledger.store import SqlLedger
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.limits import Ledger as LedgerSection

ACCOUNT = Account("hammered", "fleet", 0)


def in_processes(number: int, work: Callable[[int], object]) -> list[object]:
    """What `work` returned in each of so many processes, which all start at once."""
    gate, opener = os.pipe()
    readers = []
    for index in range(number):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(opener)
            os.read(gate, 1)  # returns when the parent closes its end
            os.write(writer, json.dumps(work(index)).encode())
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    os.close(opener)
    results = []
    for reader in readers:
        with os.fdopen(reader) as stream:
            results.append(json.load(stream))
        os.wait()
    return results


def drain(ledger: SqlLedger, limit: int, seed: int) -> tuple[int, int]:
    """Take leases until refused: how much was granted, and how much of it given back."""
    chance = random.Random(seed)  # noqa: S311  # how much is no secret
    granted = returned = 0
    while True:
        lease = ledger.reserve(
            ACCOUNT,
            limits=Limits(requests=limit),
            wanted=Amounts(requests=chance.randrange(1, 6)),
            needed=Amounts(requests=1),
            lifetime=600.0,
        )
        if not isinstance(lease, Lease):
            return granted, returned
        granted += lease.granted.requests
        if chance.random() < 0.8:
            spent = chance.randrange(lease.granted.requests + 1)
            ledger.settle(lease, Amounts(requests=spent), provenance="measured")
            returned += lease.granted.requests - spent


def main(policy: str, processes: int, limit: int) -> None:
    """Hammer, and print one pair for each process."""
    settings = LedgerSection.model_validate_json(policy)

    def work(seed: int) -> object:
        return drain(open_ledger(settings, Path()), limit, seed)

    sys.stdout.write(json.dumps(in_processes(processes, work)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
