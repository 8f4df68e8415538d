"""Every kind of callable can be guarded, and stays what it was."""

import asyncio
import functools
import inspect
import pickle

import pytest
from fake_meter import FakeMeter

import greenlint
from greenlint import BudgetExceeded, energy_budget, region_guard, request_budget

J = 1_000_000


def test_bare_called_named_and_inline_forms(meter: FakeMeter, policy) -> None:
    policy("budgets: {answer-question: {energy: 5 J, per: run}, nightly: {energy: 5 J, per: run}}")

    @energy_budget
    def answer_question() -> str:
        meter.use(1)
        return "yes"

    @energy_budget("nightly")
    def by_name() -> str:
        meter.use(2)
        return "yes"

    @energy_budget("7 J", per="run")
    def inline() -> None:
        meter.use(3)

    @energy_budget(joules=7, per="run")
    def in_joules() -> None:
        meter.use(3)

    assert answer_question() == by_name() == "yes"
    inline()
    in_joules()
    assert answer_question.budget.spent().energy == 1 * J
    assert by_name.budget.remaining().energy == 3 * J
    assert inline.budget.remaining().energy == in_joules.budget.remaining().energy == 4 * J
    assert answer_question.budget.budget().name == "answer-question"
    assert inline.budget.budget().name.endswith("inline (energy)")


class Model:
    """Methods of every kind."""

    def __init__(self, meter: FakeMeter) -> None:
        self.meter = meter

    @energy_budget(joules=100, per="run")
    def method(self, joules: float) -> "Model":
        """A method."""
        self.meter.use(joules)
        return self

    @classmethod
    @energy_budget(joules=100, per="run")
    def below(cls, meter: FakeMeter) -> type:
        meter.use(1)
        return cls

    @energy_budget(joules=100, per="run")
    @classmethod
    def above(cls, meter: FakeMeter) -> type:
        meter.use(1)
        return cls

    @staticmethod
    @energy_budget(joules=100, per="run")
    def static_below(meter: FakeMeter) -> str:
        meter.use(1)
        return "static"

    @energy_budget(joules=100, per="run")
    @staticmethod
    def static_above(meter: FakeMeter) -> str:
        meter.use(1)
        return "static"


def test_methods_of_every_kind(meter: FakeMeter) -> None:
    model = Model(meter)
    assert model.method(2) is model
    assert model.method.budget.spent().energy == Model.method.budget.spent().energy == 2 * J
    assert Model.below(meter) is Model.above(meter) is Model
    assert model.static_below(meter) == Model.static_above(meter) == "static"
    assert Model.static_above.budget.spent().energy == 1 * J
    assert Model.below.budget.spent().energy == 1 * J


@energy_budget(joules=1000)
def plain(a: int, /, b: int = 2, *, c: int = 3) -> int:
    """A plain function."""
    return a + b + c


@energy_budget(joules=1000)
async def coroutine() -> int:
    return 1


@energy_budget(joules=1000)
def generator():
    received = yield 1
    yield received
    return "end"


@energy_budget(joules=1000)
async def async_generator():
    received = yield 1
    yield received


def test_functions_keep_their_kind_name_and_signature(meter: FakeMeter) -> None:
    assert plain(1, c=5) == 8
    assert plain.__name__ == "plain"
    assert plain.__doc__ == "A plain function."
    assert str(inspect.signature(plain)) == "(a: int, /, b: int = 2, *, c: int = 3) -> int"
    assert plain.__wrapped__(1) == 6
    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(async_generator)
    assert pickle.loads(pickle.dumps(plain)) is plain  # noqa: S301  # our own


def test_coroutines_and_generators_give_what_they_gave(meter: FakeMeter) -> None:
    async def run() -> list[int]:
        steps = async_generator()
        return [await coroutine(), await anext(steps), await steps.asend(7)]

    assert asyncio.run(run()) == [1, 1, 7]
    steps = generator()
    assert next(steps) == 1
    assert steps.send(5) == 5
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == "end"


def test_other_callables(meter: FakeMeter) -> None:
    class Callable:
        async def __call__(self, x: int) -> int:
            return x

    guard = energy_budget(joules=1000)
    assert guard(functools.partial(plain, 1))() == 6
    assert asyncio.run(guard(Callable())(3)) == 3
    assert guard(len)("four") == 4
    with pytest.raises(TypeError, match="is a class"):
        guard(Model)
    with pytest.raises(TypeError, match="can be called"):
        guard(3)


def test_a_cached_function_keeps_its_cache(meter: FakeMeter) -> None:
    """Under each guard, and under two of them; the methods of other objects stay as well."""

    class Model:
        calls = 0

        def __call__(self, x: int) -> int:
            self.calls += 1
            return x

        def reset(self) -> None:
            self.calls = 0

    energy = energy_budget(joules=1000)
    for guard in (energy, region_guard, lambda function: energy(region_guard(function))):
        cached = guard(functools.lru_cache(maxsize=8)(abs))
        assert (cached(-1), cached(-1)) == (1, 1)
        assert (cached.cache_info().hits, cached.cache_parameters()["maxsize"]) == (1, 8)
        cached.cache_clear()
        assert cached.cache_info().hits == 0
        model = Model()
        guarded = guard(model)
        assert (guarded(3), model.calls) == (3, 1)
        guarded.reset()
        assert model.calls == 0


def test_budgets_stack_in_any_order(meter: FakeMeter) -> None:
    @request_budget(2)
    @energy_budget(joules=10, per="run")
    def one(joules: float) -> None:
        meter.use(joules)

    @energy_budget(joules=10, per="run")
    @request_budget(2)
    def other(joules: float) -> None:
        meter.use(joules)

    for function in (one, other):
        function(1)
        function(1)
        with pytest.raises(BudgetExceeded) as refused:
            function(1)
        assert refused.value.metric == "requests"
    assert one.budget.spent().requests == 2
    assert one.__wrapped__.budget.spent().energy == 2 * J
    assert other.budget.spent().energy == 2 * J


def test_a_guard_gives_each_function_a_budget_of_its_own_unless_it_is_named(
    meter: FakeMeter,
) -> None:
    unnamed, named = request_budget(5), request_budget("shared", 5)
    functions = [guard(function) for guard in (unnamed, named) for function in (len, repr)]
    for function in functions:
        function("x")
    spent = [function.budget.spent().requests for function in functions]
    assert spent == [1, 1, 2, 2]


def test_public_names_are_all_there() -> None:
    for name in greenlint.__all__:
        assert hasattr(greenlint, name)
        assert name in dir(greenlint)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = greenlint.nothing  # type: ignore[attr-defined]
