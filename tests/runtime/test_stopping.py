"""What `stop` means for each kind of code, and what it leaves alone."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from fake_meter import FakeMeter
from waiting import wait_until

from greenlint import BudgetExceeded, budget, current_scope, energy_budget
from greenlint.runtime.session import Session

FOREVER = 30.0  # seconds that no test waits for


def test_a_coroutine_is_cancelled_cleans_up_and_its_caller_gets_budget_exceeded(
    meter: FakeMeter,
) -> None:
    log = []

    @energy_budget(joules=10, per="run")
    async def train() -> None:
        try:
            meter.use(11)
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            log.append("cancelled")
            await asyncio.sleep(0)  # cleanup may wait
            raise
        finally:
            log.append("cleaned up")

    async def main() -> None:
        with pytest.raises(BudgetExceeded) as stopped:
            await train()
        assert stopped.value.metric == "energy"
        assert asyncio.current_task().cancelling() == 0
        await asyncio.sleep(0)  # the caller itself is not cancelled

    asyncio.run(main())
    assert log == ["cancelled", "cleaned up"]


def test_a_genuine_cancellation_stays_one(meter: FakeMeter) -> None:
    began = asyncio.Event()

    @energy_budget(joules=10, per="run")
    async def train() -> None:
        meter.use(1)
        began.set()
        await asyncio.sleep(FOREVER)

    async def main() -> None:
        task = asyncio.ensure_future(train())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert train.budget.spent().energy == 1_000_000


def test_a_cancellation_from_outside_wins_over_ours(meter: FakeMeter) -> None:
    @energy_budget(joules=10, per="run")
    async def train() -> None:
        try:
            meter.use(11)
            await asyncio.sleep(FOREVER)
        finally:
            asyncio.current_task().cancel()  # somebody else wants it to end as well

    async def main() -> None:
        task = asyncio.ensure_future(train())
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(main())


def test_a_timeout_around_guarded_work_is_a_timeout(meter: FakeMeter) -> None:
    @energy_budget(joules=10, per="run")
    async def train() -> None:
        await asyncio.sleep(FOREVER)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await train()

    asyncio.run(main())


def test_stopping_one_task_of_a_group_ends_the_group_with_budget_exceeded(
    meter: FakeMeter,
) -> None:
    ends = []

    @energy_budget(joules=10, per="run")
    async def train() -> None:
        meter.use(11)
        await asyncio.sleep(FOREVER)

    async def sibling() -> None:
        try:
            await asyncio.sleep(FOREVER)
        finally:
            ends.append("sibling")

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as group:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(sibling())
                tasks.create_task(train())
        assert [type(error) for error in group.value.exceptions] == [BudgetExceeded]

    asyncio.run(main())
    assert ends == ["sibling"]


def test_a_group_within_a_stopped_coroutine_is_cancelled_with_it(meter: FakeMeter) -> None:
    ends = []

    async def child() -> None:
        try:
            await asyncio.sleep(FOREVER)
        finally:
            ends.append("child")

    @energy_budget(joules=10, per="run")
    async def train() -> None:
        meter.use(11)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(child())
            tasks.create_task(child())

    async def main() -> None:
        with pytest.raises(BudgetExceeded):
            await train()

    asyncio.run(main())
    assert ends == ["child", "child"]


def test_nested_coroutines_that_are_both_over_stop_at_the_outer(meter: FakeMeter) -> None:
    caught = []

    @energy_budget(joules=5, per="run")
    async def inner() -> None:
        meter.use(20)
        await asyncio.sleep(FOREVER)

    @energy_budget(joules=5, per="run")
    async def outer() -> None:
        try:
            await inner()
        except BudgetExceeded as error:
            caught.append(error.budget)
            raise

    async def main() -> None:
        with pytest.raises(BudgetExceeded):
            await outer()
        assert asyncio.current_task().cancelling() == 0

    asyncio.run(main())


def test_a_coroutine_that_ends_in_time_keeps_its_result(meter: FakeMeter) -> None:
    @energy_budget(joules=10, per="run")
    async def stubborn() -> str:
        meter.use(11)
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            return "saved"
        return "never"

    async def main() -> str:
        result = await stubborn()
        assert asyncio.current_task().cancelling() == 0
        return result

    assert asyncio.run(main()) == "saved"


def test_an_async_block_is_stopped_as_a_coroutine_is(meter: FakeMeter) -> None:
    async def main() -> None:
        with pytest.raises(BudgetExceeded):
            async with budget("nightly", joules=10, per="run") as scope:
                meter.use(4)
                scope.checkpoint()
                meter.use(7)
                await asyncio.sleep(FOREVER)
        assert asyncio.current_task().cancelling() == 0

    asyncio.run(main())


def test_a_generator_ends_at_its_next_step(meter: FakeMeter, session: Session) -> None:
    log = []

    @energy_budget(joules=10, per="run")
    def batches() -> Iterator[int]:
        try:
            for batch in range(1000):
                meter.use(3)
                yield batch
        finally:
            log.append("closed")

    taken = []
    with pytest.raises(BudgetExceeded):
        for batch in batches():
            taken.append(batch)
            if batch == 3:
                wait_until(lambda: has_breach(session))
    assert taken == [0, 1, 2, 3]
    assert log == ["closed"]


def has_breach(session: Session) -> bool:
    """Whether the keeper found the work that runs to be over its limit."""
    return any(scope.breach for scope in tuple(session.open_scopes))


def test_an_async_generator_ends_at_its_next_step(meter: FakeMeter, session: Session) -> None:
    log = []

    @energy_budget(joules=10, per="run")
    async def batches() -> AsyncIterator[int]:
        try:
            for batch in range(1000):
                meter.use(3)
                yield batch
        finally:
            log.append("closed")

    async def main() -> list[int]:
        taken = []
        with pytest.raises(BudgetExceeded):
            async for batch in batches():
                taken.append(batch)
                if batch == 3:
                    await asyncio.to_thread(wait_until, lambda: has_breach(session))
        return taken

    assert asyncio.run(main()) == [0, 1, 2, 3]
    assert log == ["closed"]


def test_a_plain_function_ends_at_its_next_checkpoint(meter: FakeMeter) -> None:
    steps = []

    @energy_budget(joules=10, per="run")
    def train() -> None:
        for step in range(1000):
            meter.use(3)
            steps.append(step)
            current_scope().checkpoint()

    with pytest.raises(BudgetExceeded) as stopped:
        train()
    assert steps == [0, 1, 2, 3]
    assert stopped.value.spent == 12_000_000
    assert stopped.value.limit == 10_000_000
    with pytest.raises(BudgetExceeded):
        train()
    assert steps == [0, 1, 2, 3]


def test_a_plain_function_without_checkpoints_is_not_interrupted(meter: FakeMeter) -> None:
    @energy_budget(joules=10, per="run")
    def train() -> str:
        meter.use(30)
        time.sleep(0.05)
        return "weights"

    assert train() == "weights"
    with pytest.raises(BudgetExceeded):
        train()


def test_work_in_other_threads_is_stopped_too(meter: FakeMeter) -> None:
    errors = []

    @energy_budget("shared", joules=10, per="run")
    def train(joules: float) -> None:
        scope = current_scope()
        share = meter.shares[-1]
        started.wait()
        meter.use(joules, share=share)
        try:
            while True:
                scope.checkpoint()
                time.sleep(0.001)
        except BudgetExceeded as error:
            errors.append(error)
            raise

    started = threading.Barrier(2)

    def run(joules: float) -> None:
        with pytest.raises(BudgetExceeded):
            train(joules)

    threads = [threading.Thread(target=run, args=(joules,)) for joules in (1, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(errors) == 2


def test_deny_lets_work_that_runs_run_on(meter: FakeMeter) -> None:
    async def main() -> str:
        @energy_budget(joules=10, per="run", on_exceed="deny")
        async def train() -> str:
            meter.use(20)
            await asyncio.sleep(0.05)
            return "weights"

        assert await train() == "weights"
        wait_until(lambda: bool(train.budget.decisions()))
        with pytest.raises(BudgetExceeded):
            await train()
        return "done"

    assert asyncio.run(main()) == "done"


def test_closing_a_generator_early_settles_what_it_spent(meter: FakeMeter) -> None:
    @energy_budget(joules=100, per="run")
    def batches() -> Iterator[int]:
        for batch in range(1000):
            meter.use(3)
            yield batch

    steps = batches()
    assert next(steps) == 0
    steps.close()
    assert batches.budget.spent().energy == 3_000_000
    assert meter.shares == []


def test_an_error_thrown_into_a_generator_reaches_it(meter: FakeMeter) -> None:
    @energy_budget(joules=100, per="run")
    def echo() -> Iterator[str]:
        try:
            yield "first"
        except KeyError:
            yield "caught"

    @energy_budget(joules=100, per="run")
    async def async_echo() -> AsyncIterator[str]:
        try:
            yield "first"
        except KeyError:
            yield "caught"

    steps = echo()
    assert next(steps) == "first"
    assert steps.throw(KeyError("x")) == "caught"
    with pytest.raises(KeyError, match="y"):
        steps.throw(KeyError("y"))

    async def main() -> None:
        steps = async_echo()
        assert await anext(steps) == "first"
        assert await steps.athrow(KeyError("x")) == "caught"
        with pytest.raises(KeyError, match="y"):
            await steps.athrow(KeyError("y"))

    asyncio.run(main())
    assert meter.shares == []
