"""How budgets look: bars, debt, periods in their time zones, and the same as JSON."""

import json

import pytest
from inline_snapshot import snapshot

from greenlint.ledger.entry import Account, Balance
from greenlint.ledger.reading import AccountRecord
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget, Per, Scope
from greenlint.report.budget_status import BudgetStatus, budget_statuses, worth_showing
from greenlint.report.budgets import BLOCKS, PLAIN, budgets_json, budgets_text
from greenlint.report.palette import Style

NOON = 1_795_262_400  # 2026-11-21 12:00 UTC
DAY = 86_400
KWH = 3_600_000_000_000
DAILY = Budget(
    name="assistant-daily",
    limits=Limits(energy=4 * KWH, tokens=20_000_000),
    per=Per.DAY,
    timezone="Europe/Paris",
    scope=Scope.FLEET,
    warn_at=(0.5,),
)
TRAIN = Budget(name="train", limits=Limits(energy=2 * KWH), per=Per.RUN)
PARIS_MIDNIGHT = NOON - 13 * 3_600
BUDGETS = {budget.name: budget for budget in (DAILY, TRAIN)}


def record(
    account: Account,
    settled: Amounts,
    reserved: Amounts | None = None,
    *,
    limits: Limits | None = None,
) -> AccountRecord:
    """What a ledger has of an account."""
    balance = Balance(settled, reserved or Amounts())
    return AccountRecord(account, balance, limits or Limits(), open=int(bool(reserved)))


RECORDS = (
    record(
        Account("assistant-daily", "fleet", PARIS_MIDNIGHT),
        Amounts(energy=3 * KWH, tokens=5_500_000),
        Amounts(energy=KWH // 4),
    ),
    record(Account("assistant-daily", "fleet", PARIS_MIDNIGHT - DAY), Amounts(energy=KWH)),
    record(
        Account("train", f"process:{'0123456789abcdef' * 2}:12:18f2", NOON - 9), Amounts(3 * KWH)
    ),
    record(Account("train", "process:older", NOON - DAY), Amounts(energy=KWH)),
    record(Account("inline", "process:a", NOON - 9), Amounts(requests=7), limits=Limits(carbon=10)),
)


def shown(*, everything: bool = False) -> list[BudgetStatus]:
    """What is worth showing of the records, at noon."""
    found = budget_statuses(BUDGETS, RECORDS, NOON)
    return found if everything else list(worth_showing(found))


def test_at_80_columns() -> None:
    assert "\n".join(budgets_text(shown(), Style(), bar=BLOCKS)) == snapshot("""\
                                      spent    reserved        left       limit
assistant-daily  day 2026-11-21 Europe/Paris, fleet
  energy    ██████████████▓░░░░       3 kWh      250 Wh      750 Wh       4 kWh
  tokens    █████░░░░░░░░░░░░░░   5,500,000           0  14,500,000  20,000,000
inline  since 2026-11-21 11:59 UTC, process:a
  carbon    ░░░░░░░░░░░░░░░░░░░           0           0 0.01 mgCO2e 0.01 mgCO2e
  requests                                7           0                    none
train  per run since 2026-11-21 11:59 UTC, process:01234567...89abcdef:12:18f2
  energy    ███████████████████       3 kWh           0      -1 kWh       2 kWh\
""")


def test_without_blocks_when_all_is_shown() -> None:
    style = Style(width=60)
    assert "\n".join(budgets_text(shown(everything=True), style, bar=PLAIN)) == snapshot("""\
                           spent    reserved        left       limit
assistant-daily  day 2026-11-21 Europe/Paris, fleet
  energy    ######=.       3 kWh      250 Wh      750 Wh       4 kWh
  tokens    ##......   5,500,000           0  14,500,000  20,000,000
assistant-daily  day 2026-11-20 Europe/Paris, fleet
  energy    ##......       1 kWh           0       3 kWh       4 kWh
  tokens    ........           0           0  20,000,000  20,000,000
inline  since 2026-11-21 11:59 UTC, process:a
  carbon    ........           0           0 0.01 mgCO2e 0.01 mgCO2e
  requests                     7           0                    none
train
  per run since 2026-11-21 11:59 UTC, process:01234567...89abcdef:12:18f2
  energy    ########       3 kWh           0      -1 kWh       2 kWh
train  per run since 2026-11-20 12:00 UTC, process:older
  energy    ####....       1 kWh           0       1 kWh       2 kWh
train  per run, not used yet
  energy    ........           0           0       2 kWh       2 kWh\
""")


def test_color_tells_how_near_the_limit_is() -> None:
    """Green, yellow from the first warning on, red at the limit; in PLAIN the shapes say it too."""
    lines = list(budgets_text(shown(), Style(color=True), bar=BLOCKS))
    colors = [line.split("\x1b[")[1].split("m")[0] for line in lines if "█" in line]
    assert colors == ["1;33", "1;32", "1;31"]


def test_a_budget_that_nobody_used() -> None:
    found = list(worth_showing(budget_statuses(BUDGETS, (), NOON)))
    assert "\n".join(budgets_text(found, Style(), bar=PLAIN)) == snapshot("""\
                                      spent    reserved        left       limit
assistant-daily  day 2026-11-21 Europe/Paris, not used yet
  energy    ...................           0           0       4 kWh       4 kWh
  tokens    ...................           0           0  20,000,000  20,000,000
train  per run, not used yet
  energy    ...................           0           0       2 kWh       2 kWh\
""")


@pytest.mark.parametrize(
    ("spent", "bar"),
    [(0, "........"), (1, "#......."), (50, "####...."), (99, "#######."), (100, "########")],
)
def test_a_bar_is_empty_or_full_only_when_it_is(spent: int, bar: str) -> None:
    budget = Budget(name="b", limits=Limits(requests=100), per=Per.HOUR)
    account = Account("b", "fleet", NOON)
    found = budget_statuses({"b": budget}, [record(account, Amounts(requests=spent))], NOON)
    assert bar in list(budgets_text(found, Style(width=40), bar=PLAIN))[-1]


def test_as_json() -> None:
    first, *_ = json.loads("\n".join(budgets_json(shown(), "ledger.db")))["budgets"]
    assert first == snapshot(
        {
            "budget": "assistant-daily",
            "holder": "fleet",
            "per": "day",
            "timezone": "Europe/Paris",
            "period": "2026-11-20T23:00:00Z",
            "ends": "2026-11-21T23:00:00Z",
            "current": True,
            "open_leases": 1,
            "source": "inline",
            "metrics": {
                "energy": {
                    "settled": 10800000000000,
                    "reserved": 900000000000,
                    "left": 2700000000000,
                    "limit": 14400000000000,
                },
                "tokens": {"settled": 5500000, "reserved": 0, "left": 14500000, "limit": 20000000},
            },
        }
    )
