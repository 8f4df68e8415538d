"""Kills processes in the middle of using a ledger, and looks for what was lost or left locked.

`python benchmarks/ledger_kill.py --rounds 1000 [--seed 7] [--url postgresql://...]`: in each round
some workers reserve, settle and void as fast as they can, and SIGKILL ends them at a random moment.
What a worker was told before it died must stand in the ledger; what it left open must be charged in
full; the next writer must not have to wait; and `verify` must find nothing. Needs `os.fork`.
"""

import argparse
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from greenlint.ledger.database import postgresql_database, sqlite_database
from greenlint.ledger.entry import Account, Lease
from greenlint.ledger.reading import Ending, EntryRecord, read_entries
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.tables import metadata
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts, Limits

ACCOUNT = Account("killed", "fleet", 0)
ROUNDS_PER_LEDGER = 25  # then a new one begins, so that its creation is interrupted as well
EARLY = 0.2  # of the rounds kill before the first lease, while the ledger is being opened
LONGEST = 0.1  # seconds until the kill, from the start or else from the first lease
STARTING = 30.0  # seconds to wait for a first lease
PATIENCE = 8.0  # seconds after which the next writer counts as locked out, on a busy machine
LATER = 3600.0  # seconds by which the clock of the recovery is ahead, so that leases have expired


@dataclass
class Tally:
    """What happened over all rounds."""

    rounds: int = 0
    killed: int = 0
    granted: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    recovered: int = 0
    longest_wait: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass
class Told:
    """What a worker was told before it died: grants by lease, and what was settled of them."""

    granted: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print what came of them; 1 if anything was lost or locked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2, help="killed together (default: 2)")
    parser.add_argument("--url", help="of an empty PostgreSQL database (default: SQLite files)")
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)  # noqa: S311  # which moment is no secret
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            address = options.url or f"{folder}/ledger-{number // ROUNDS_PER_LEDGER}.db"
            if options.url and number % ROUNDS_PER_LEDGER == 0:
                _empty(options.url)
            _round(address, chance, options.workers, tally)
            if tally.problems:
                break
    print(_summary(options, tally))
    return 1 if tally.problems else 0


def open_at(address: str, *, ahead: float = 0.0) -> SqlLedger:
    """The ledger, with a clock that is ahead by so many seconds."""
    if address.startswith("postgresql"):
        database = postgresql_database(make_url(address), durability="normal", timeout=10.0)
    else:
        database = sqlite_database(Path(address), durability="normal", timeout=10.0)
    return SqlLedger(database, clock=lambda: time.time() + ahead)


def _empty(address: str) -> None:
    ledger = open_at(address)
    metadata.drop_all(ledger.database.engine)
    ledger.close()


def _round(address: str, chance: random.Random, workers: int, tally: Tally) -> None:
    pipes = {}
    for _ in range(workers):
        reader, writer = os.pipe()
        seed = chance.random()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _work(address, random.Random(seed), writer)  # noqa: S311  # the same
        os.close(writer)
        pipes[pid] = reader
    if chance.random() > EARLY:
        select.select(pipes.values(), [], [], STARTING)
    time.sleep(chance.uniform(0, LONGEST))
    told = Told()
    for pid in pipes:
        os.kill(pid, signal.SIGKILL)
    for pid, reader in pipes.items():
        os.waitpid(pid, 0)
        with os.fdopen(reader, encoding="ascii") as lines:
            _listen(lines.read(), told)
    tally.rounds += 1
    tally.killed += workers
    tally.problems += _examine(address, told, tally)


def _work(address: str, chance: random.Random, writer: int) -> None:
    """Reserve and end leases until killed, saying what the ledger acknowledged."""
    ledger = open_at(address)
    limits = Limits(energy=10**12)
    while True:
        amounts = Amounts(energy=chance.randrange(1, 1000))
        lease = ledger.reserve(
            ACCOUNT, limits=limits, wanted=amounts, needed=amounts, lifetime=60.0
        )
        assert isinstance(lease, Lease)  # noqa: S101  # the limit is never reached
        _say(writer, f"granted {lease.id} {lease.granted.energy}")
        if chance.random() < 0.1:
            ledger.void(lease)
            _say(writer, f"voided {lease.id} 0")
        else:
            spent = chance.randrange(amounts.energy + 1)
            ledger.settle(lease, Amounts(energy=spent), provenance="measured")
            _say(writer, f"settled {lease.id} {spent}")


def _say(writer: int, line: str) -> None:
    os.write(writer, f"{line}\n".encode("ascii"))  # so short a write is never torn


def _listen(lines: str, told: Told) -> None:
    for line in lines.splitlines():
        verb, lease, amount = line.split()
        match verb:
            case "granted":
                told.granted[lease] = int(amount)
            case "settled":
                told.settled[lease] = int(amount)
            case _:
                told.voided.add(lease)


def _examine(address: str, told: Told, tally: Tally) -> Iterator[str]:
    """Recover as the next process would, and hold the ledger against what was told."""
    started = time.perf_counter()
    ledger = open_at(address, ahead=LATER)
    recovered = ledger.recover()
    ledger.claim(ACCOUNT, tally.rounds)
    waited = time.perf_counter() - started
    entries = {entry.lease_id: entry for entry in read_entries(ledger.database)}
    tally.longest_wait = max(tally.longest_wait, waited)
    tally.recovered += recovered
    tally.granted += len(told.granted)
    tally.acknowledged += len(told.settled)
    if waited > PATIENCE:
        yield f"the next writer waited {waited:.1f} s"
    yield from verify(ledger.database).problems
    if ledger.balance(ACCOUNT).reserved:
        yield "something is still reserved after recovery"
    for lease, granted in told.granted.items():
        entry = entries.get(lease)
        if entry is None:
            yield f"lease {lease} was granted, and lost"
        elif problem := _wrong(entry, granted, told):
            yield problem
        elif lease not in told.settled and entry.ending is Ending.SETTLED:
            tally.unacknowledged += 1
    ledger.close()


def _wrong(entry: EntryRecord, granted: int, told: Told) -> str | None:
    lease, spent = entry.lease_id, entry.spent.energy
    if lease in told.settled:
        if (entry.ending, spent) != (Ending.SETTLED, told.settled[lease]):
            return f"settlement of {lease} was acknowledged, and is {entry.ending} with {spent}"
    elif lease in told.voided:
        if entry.ending is not Ending.VOIDED:
            return f"lease {lease} was voided, and is {entry.ending}"
    elif entry.ending is Ending.RECOVERED and (spent, entry.provenance) != (granted, "estimated"):
        return f"lease {lease} of {granted} was recovered with {spent} ({entry.provenance})"
    return None


def _summary(options: argparse.Namespace, tally: Tally) -> str:
    backend = "PostgreSQL" if options.url else "SQLite"
    lines = [
        f"{tally.rounds} rounds on {backend}, seed {options.seed}",
        f"processes killed with SIGKILL     {tally.killed:8}",
        f"leases granted                    {tally.granted:8}",
        f"settlements acknowledged          {tally.acknowledged:8}   all there, each once",
        f"settled, killed before told       {tally.unacknowledged:8}",
        f"left open, charged in full        {tally.recovered:8}",
        f"longest open + recover + write    {tally.longest_wait * 1000:8.0f} ms",
        f"problems                          {len(tally.problems):8}",
    ]
    if tally.problems:
        lines[3] = lines[3].removesuffix("   all there, each once")
    return "\n".join([*lines, *(f"  {problem}" for problem in tally.problems[:20])])


if __name__ == "__main__":
    sys.exit(main())
