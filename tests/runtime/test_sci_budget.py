"""A software carbon intensity, held over a rolling window."""

import asyncio
import time
from contextlib import nullcontext

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import BudgetExceeded, current_scope, sci_budget
from greenlint.errors import PolicyError
from greenlint.ledger.entry import Usage, total_usage
from greenlint.policy.decision import Outcome
from greenlint.runtime.session import Session

TARGET = """\
sci:
  answer-question:
    limit: 1 gCO2e
    per: request
    window: 1h
    min_units: 3
    embodied: {{total: 1000 kgCO2e, lifetime: 4y, share: 1/8}}
    on_exceed: {}
"""
KWH = 3_600_000  # joules


def parts(surroundings: FakeSurroundings) -> dict[str, Usage]:
    """What stands in the ledger, by provenance."""
    found = surroundings.ledger.usage_within("answer-question", 3600)
    return {part.provenance: part for part in found}


def window(surroundings: FakeSurroundings) -> Usage:
    """All that counts of it."""
    return total_usage(parts(surroundings).values())


def test_sums_over_the_window_are_judged_once_there_are_enough_units(
    meter: FakeMeter, session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy(TARGET.format("deny"))

    @sci_budget
    def answer_question(kwh: float) -> str:
        meter.use(kwh * KWH)
        time.sleep(0.002)  # of hardware that embodies a milligram a second
        return "42"

    for _ in range(2):
        assert answer_question(1) == "42"  # about 40 g each, and too few to be judged
    wait_until(lambda: window(surroundings).units == 2)
    assert answer_question(0) == "42"
    wait_until(lambda: answer_question.budget.score().outcome is Outcome.DENY)
    found = window(surroundings)
    assert (found.units, found.energy) == (3, 2 * KWH * 1_000_000)
    assert found.operational / found.energy == pytest.approx(session.grid.factor)
    assert found.embodied > 0
    with pytest.raises(BudgetExceeded, match="SCI over the window") as refused:
        answer_question(0)
    error = refused.value
    assert (error.metric, error.limit, error.per) == ("carbon", 1_000_000, "request")
    assert error.spent == pytest.approx((found.operational + found.embodied) / 3, rel=0.01)


def test_units_are_what_the_code_counts(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy(TARGET.format("deny"))

    @sci_budget("answer-question")
    async def answer() -> None:
        meter.use(10)
        current_scope().units(40)

    async def main() -> None:
        for _ in range(5):
            await answer()

    asyncio.run(main())
    wait_until(lambda: window(surroundings).units == 200)
    wait_until(lambda: answer.budget.score().outcome is Outcome.ALLOW)
    asyncio.run(main())


def test_warn_only_warns_and_a_stricter_limit_of_the_code_holds(
    meter: FakeMeter, surroundings: FakeSurroundings, policy, caplog: pytest.LogCaptureFixture
) -> None:
    policy(TARGET.format("warn"))

    @sci_budget("answer-question", "1 mgCO2e")
    def answer() -> None:
        meter.use(KWH / 1000)

    for _ in range(4):
        answer()
    wait_until(lambda: "the limit is 0.001" in caplog.text)
    answer()


def test_work_without_a_known_intensity_is_not_counted_as_zero(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy(TARGET.format("deny"))
    surroundings.declared_region = ""

    @sci_budget("answer-question")
    def answer() -> None:
        meter.use(1)

    for _ in range(5):
        answer()
    unmeasured = Usage(units=5, provenance="unavailable")
    wait_until(lambda: parts(surroundings).get("unavailable") == unmeasured)
    assert window(surroundings).units == 0
    assert answer.budget.unmeasured == 5


def test_the_ledger_knows_how_the_energy_is_known(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy(TARGET.format("deny"))

    @sci_budget("answer-question")
    def answer() -> None:
        meter.use(10)

    answer()
    wait_until(lambda: window(surroundings).units == 1)
    assert parts(surroundings)["measured"].energy == 10_000_000


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "abandoned generator"])
def test_a_call_that_fails_uses_energy_and_delivers_no_unit(
    meter: FakeMeter, surroundings: FakeSurroundings, policy, kind: str
) -> None:
    policy(TARGET.format("warn"))

    @sci_budget("answer-question")
    def answer(*, fails: bool) -> None:
        meter.use(10)
        if fails:
            raise KeyError

    @sci_budget("answer-question")
    async def answer_soon(*, fails: bool) -> None:
        meter.use(10)
        if fails:
            raise KeyError

    @sci_budget("answer-question")
    def answers(*, fails: bool):
        yield meter.use(10)
        if fails:
            raise KeyError

    def abandon(*, fails: bool) -> None:
        steps = answers(fails=False)
        next(steps)
        if fails:
            steps.close()
            raise KeyError
        list(steps)

    calls = {
        "function": answer,
        "coroutine": lambda *, fails: asyncio.run(answer_soon(fails=fails)),
        "generator": lambda *, fails: list(answers(fails=fails)),
        "abandoned generator": abandon,
    }
    for fails in (True, False, True):
        with pytest.raises(KeyError) if fails else nullcontext():
            calls[kind](fails=fails)
    wait_until(lambda: window(surroundings).energy == 30_000_000)
    assert window(surroundings).units == 1


def test_units_that_were_counted_before_a_failure_were_delivered(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy(TARGET.format("warn"))

    @sci_budget("answer-question")
    def answer() -> None:
        current_scope().units(2)
        raise KeyError

    with pytest.raises(KeyError):
        answer()
    wait_until(lambda: window(surroundings).units == 2)


def test_a_target_that_the_policy_lacks_is_named(session: Session, policy) -> None:
    policy(TARGET.format("deny"))
    with pytest.raises(PolicyError, match="is called `answer`"):
        sci_budget("answer").bind()
