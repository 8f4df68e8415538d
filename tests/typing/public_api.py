"""What type checkers make of the public API: checked by mypy strict and pyright, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

import greenlint
from greenlint import (
    BudgetExceeded,
    BudgetUnmeasured,
    RegionDenied,
    Scope,
    budget,
    carbon_budget,
    current_scope,
    energy_budget,
    load_policy,
    region_guard,
    request_budget,
    sci_budget,
    token_budget,
)
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget
from greenlint.policy.decision import Decision


@energy_budget
def bare(text: str, *, times: int = 1) -> list[str]:
    return [text] * times


@energy_budget("train-classifier")
def named(text: str) -> int:
    return len(text)


@carbon_budget("600 gCO2e", per="day", scope="fleet", on_exceed="deny", warn_at=("80%",))
def inline(text: str) -> int:
    return len(text)


@token_budget(tokens="20M", per="month", timezone="Europe/Paris")
async def coroutine(question: str) -> float:
    return float(len(question))


@request_budget(100)
def generator(count: int) -> Iterator[int]:
    yield from range(count)


@sci_budget("answer-question", "0.4 gCO2e")
async def async_generator(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@region_guard()
@energy_budget(kwh=0.5)
@token_budget
def stacked(number: int) -> str:
    return str(number)


@region_guard
def only_here(number: int) -> str:
    return str(number)


class Model:
    """Methods of every kind."""

    @energy_budget(joules=5)
    def method(self, number: int) -> str:
        return str(number)

    @energy_budget
    async def async_method(self, number: int) -> str:
        return str(number)

    @classmethod
    @energy_budget(joules=5)
    def make(cls, number: int) -> "Model":
        return cls() if number else cls.make(number)

    @staticmethod
    @energy_budget(joules=5)
    def static(number: int) -> str:
        return str(number)

    @energy_budget(joules=5)
    @staticmethod
    def static_below(number: int) -> str:
        return str(number)


assert_type(bare("a", times=2), list[str])
assert_type(named("a"), int)
assert_type(inline("a"), int)
assert_type(generator(3), Iterator[int])
assert_type(async_generator(3), AsyncIterator[int])
assert_type(stacked(3), str)
assert_type(only_here(3), str)
assert_type(Model().method(3), str)
assert_type(Model.make(3), Model)
assert_type(Model().make(3), Model)
assert_type(Model.static(3), str)
assert_type(Model.static_below(3), str)
assert_type(Model.method(Model(), 3), str)
bare(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Model().method("a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
energy_budget("5 J", per="week")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
energy_budget("5 J", every="day")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]

assert_type(named.budget.spent(), Amounts)
assert_type(stacked.budget.remaining(), Limits)
assert_type(Model().method.budget.decisions(), tuple[Decision, ...])
assert_type(coroutine.budget.budget(), Budget)
assert_type(named.budget.unmeasured, int)

with budget("nightly-embedding", tokens="20k") as scope:
    assert_type(scope, Scope)
    scope.checkpoint()
    scope.tokens(5)
    scope.requests()
    scope.units(3)
    assert_type(scope.spent(), Amounts)

with energy_budget(kwh=1), region_guard(allow=("zone:FR",), max_intensity="150 gCO2e/kWh"):
    assert_type(current_scope(), Scope)


async def block() -> None:
    assert_type(await coroutine("a"), float)
    assert_type(await Model().async_method(3), str)
    async with budget(energy="900 J", grams=5) as inner:
        assert_type(inner, Scope)


def catch() -> None:
    try:
        named("a")
    except (BudgetExceeded, BudgetUnmeasured) as error:
        assert_type(error.budget, str)
        assert_type(error.limit, int)
        assert_type(error.result, object)
    except RegionDenied as denied:
        assert_type(denied.region, str | None)


assert_type(load_policy("greenlint.yaml").hash, str)
assert_type(greenlint.__version__, str)
