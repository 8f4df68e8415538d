"""Code that runs only where it may."""

import asyncio
import inspect
import logging
import pickle
from collections.abc import AsyncIterator, Iterator

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings

from greenlint import RegionDenied, energy_budget, load_policy, region_guard
from greenlint.errors import BudgetError
from greenlint.policy.decision import Outcome
from greenlint.runtime.session import Session

ELSEWHERE = "regions: {allow: [aws:eu-north-1], on_unknown: deny}\n"


def test_the_policy_says_where_work_may_run(
    session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy(ELSEWHERE)

    @region_guard
    def train() -> str:
        return "done"

    with pytest.raises(RegionDenied, match="zone:FR is not among the regions") as denied:
        train()
    error = denied.value
    assert isinstance(error, BudgetError)
    assert (error.region, error.exit_code) == ("zone:FR", 1)
    assert "train (" in error.place
    assert "greenlint region" in str(error)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (str(copy), copy.region) == (str(error), error.region)
    surroundings.declared_region = "aws:eu-north-1"
    load_policy()
    assert train() == "done"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"allow": ("zone:SE",)}, "not among the regions"),
        ({"deny": ("zone:FR",)}, "denies zone:FR"),
        ({"max_intensity": "1 gCO2e/kWh"}, "over the 1 that"),
        ({"allow": ("zone:FR",), "max_intensity": "5000 gCO2e/kWh"}, None),
    ],
)
def test_code_may_set_limits_of_its_own(session: Session, options, words: str | None) -> None:
    guard = region_guard(**options)
    if words is None:
        guard.check()
        assert guard.decision().outcome is Outcome.ALLOW
    else:
        with pytest.raises(RegionDenied, match=words), guard:
            pytest.fail("the block must not begin")


def test_an_unknown_region_is_what_the_policy_makes_of_it(
    session: Session,
    surroundings: FakeSurroundings,
    policy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    surroundings.declared_region = ""
    policy("regions: {allow: [zone:FR], on_unknown: warn}\n")
    work = region_guard(lambda: "done")
    with caplog.at_level(logging.WARNING, logger="greenlint"):
        assert [work(), work()] == ["done", "done"]
    assert len(caplog.records) == 1
    for word, runs in (("deny", False), ("assume:FR", True), ("assume:DE", False)):
        policy(f"regions: {{allow: [zone:FR], on_unknown: '{word}'}}\n")
        load_policy()
        if runs:
            assert work() == "done"
        else:
            with pytest.raises(RegionDenied):
                work()


@pytest.mark.parametrize("mode", ["observe", "warn"])
def test_modes_that_do_not_enforce_let_it_run(session: Session, policy, mode: str) -> None:
    policy(f"mode: {mode}\n" + ELSEWHERE)
    assert region_guard(lambda: "done")() == "done"


def test_every_kind_of_callable_keeps_its_kind_and_is_refused(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy(ELSEWHERE)

    @region_guard()
    async def coroutine() -> int:
        return 1

    @region_guard()
    def generator() -> Iterator[int]:
        received = yield 1
        yield received

    @region_guard()
    async def async_generator() -> AsyncIterator[int]:
        try:
            received = yield 1
        except KeyError:
            received = -1
        yield received

    class Model:
        @region_guard()
        @staticmethod
        def static() -> int:
            return 1

    async def take() -> None:
        async for _ in async_generator():
            pass

    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(async_generator)
    for refused in (
        lambda: asyncio.run(coroutine()),
        lambda: list(generator()),
        lambda: asyncio.run(take()),
        Model.static,
    ):
        with pytest.raises(RegionDenied):
            refused()
    surroundings.declared_region = "aws:eu-north-1"
    load_policy()
    steps = generator()
    assert [next(steps), steps.send(5)] == [1, 5]

    async def sends() -> list[int]:
        one, other = async_generator(), async_generator()
        taken = [await anext(one), await one.asend(5)]
        taken += [await anext(other), await other.athrow(KeyError())]
        await one.aclose()
        return taken

    assert asyncio.run(sends()) == [1, 5, 1, -1]
    assert Model.static() == asyncio.run(coroutine()) == 1


def test_region_and_energy_are_held_together(meter: FakeMeter, policy) -> None:
    policy(ELSEWHERE)

    @region_guard()
    @energy_budget(joules=5)
    def train() -> Iterator[int]:
        yield 1

    @energy_budget(joules=5)
    @region_guard()
    def other() -> Iterator[int]:
        yield 1

    for function in (train, other):
        with pytest.raises(RegionDenied):
            list(function())
        assert function.budget.decisions() == ()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"allow": ("Sweden",)}, ValueError, "is no region"),
        ({"on_unknown": "guess"}, ValueError, "assume:ZONE"),
        ({"max_intensity": "150"}, ValueError, "needs a unit"),
        ({"regions": ("zone:FR",)}, TypeError, "takes no regions"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(options, error, words) -> None:
    with pytest.raises(error, match=words):
        region_guard(**options)
