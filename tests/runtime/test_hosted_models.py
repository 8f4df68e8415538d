"""Requests to other people's models, estimated and charged to budgets on energy and carbon."""

import asyncio
from types import SimpleNamespace

import pytest
from fake_ecologits import FakeEcologits
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import (
    BudgetExceeded,
    BudgetUnmeasured,
    budget,
    carbon_budget,
    energy_budget,
    load_policy,
    sci_budget,
    token_budget,
)
from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Usage, total_usage
from greenlint.ledger.reading import read_entries
from greenlint.policy.limits import Ledger as LedgerSection
from greenlint.policy.runtime_policy import load_runtime_policy
from greenlint.runtime.session import Session, current_session
from greenlint.runtime.surroundings import Machine

J, MG = 1_000_000, 1_000
ESTIMATED = "meter: {llm: {provider: openai}}\n"


def answer(tokens: int, *, model: str = "known", of: type = SimpleNamespace) -> SimpleNamespace:
    """What a client gives back; a token of output is 2 J and 3 mg, a request 1 J and 1 mg."""
    usage = SimpleNamespace(input_tokens=1_000, output_tokens=tokens)
    return of(model=model, usage=usage)


@pytest.fixture
def estimated(policy, session: Session, meter: FakeMeter) -> FakeMeter:
    """A policy that has hosted models estimated, and ecologits loaded."""
    policy(ESTIMATED)
    wait_for_ecologits()
    return meter


def wait_for_ecologits() -> None:
    estimator = current_session().llm_estimator()
    assert estimator is not None
    assert estimator.ready(60)


def test_a_response_is_charged_beside_what_the_machine_used(estimated: FakeMeter) -> None:
    @energy_budget(joules=1_000, per="run")
    @carbon_budget(grams=1_000, per="run")
    def ask() -> SimpleNamespace:
        estimated.use(3)
        return answer(100)

    ask()
    spent = ask.budget.spent()
    assert spent.energy == (201 + 3) * J
    local = 3 * J * current_session().grid.factor
    assert ask.__wrapped__.budget.spent().carbon == pytest.approx(301 * MG + local, abs=1)


def test_every_kind_of_call_is_charged(estimated: FakeMeter) -> None:
    events = [
        SimpleNamespace(message=answer(1)),
        SimpleNamespace(usage=SimpleNamespace(output_tokens=40)),
        SimpleNamespace(usage=SimpleNamespace(output_tokens=100)),
    ]

    @energy_budget(joules=1_000, per="run")
    async def coroutine() -> SimpleNamespace:
        return answer(100)

    @energy_budget(joules=1_000, per="run")
    def stream():
        yield from events

    @energy_budget(joules=1_000, per="run")
    async def async_stream():
        for event in events:
            yield event

    async def drain() -> None:
        async for _ in async_stream():
            pass

    asyncio.run(coroutine())
    list(stream())
    asyncio.run(drain())
    for function in (coroutine, stream, async_stream):
        assert function.budget.spent().energy == 201 * J


def test_a_budget_is_used_up_by_requests(estimated: FakeMeter) -> None:
    @energy_budget(joules=500, per="run", on_exceed="deny")
    def ask() -> SimpleNamespace:
        return answer(100)

    for _ in range(2):
        ask()
    with pytest.raises(BudgetExceeded, match="402 J is spent"):
        ask()


def test_a_request_over_its_own_limit_has_its_result(estimated: FakeMeter) -> None:
    @energy_budget(joules=100)
    def ask() -> SimpleNamespace:
        return answer(100)

    with pytest.raises(BudgetExceeded) as exceeded:
        ask()
    assert exceeded.value.result.model == "known"


def test_it_is_charged_to_all_around_and_counted_once(estimated: FakeMeter) -> None:
    """Also where the one inside limits tokens alone, and the same response is handed on."""

    @token_budget("10k", per="run")
    def ask() -> SimpleNamespace:
        return answer(100)

    @energy_budget(joules=1_000, per="run")
    def hand_on() -> SimpleNamespace:
        return ask()

    with budget("outer", joules=1_000, per="run") as scope:
        hand_on()
    assert ask.budget.spent().tokens == 1_100
    assert hand_on.budget.spent().energy == 201 * J
    assert scope.spent().energy == 201 * J


def test_what_cannot_be_estimated_is_unmeasured(estimated: FakeMeter) -> None:
    @energy_budget(joules=1_000, per="run", on_unmeasured="deny")
    def denied() -> SimpleNamespace:
        return answer(100, model="secret")

    @energy_budget(joules=1_000, per="run")
    def allowed() -> SimpleNamespace:
        return answer(100, model="secret")

    with pytest.raises(BudgetUnmeasured) as unmeasured:
        denied()
    assert unmeasured.value.result.model == "secret"
    allowed()
    assert allowed.budget.unmeasured == 1


def test_where_the_policy_denies_unmeasured_work_the_first_call_waits_for_ecologits(
    policy, session: Session, meter: FakeMeter
) -> None:
    policy(ESTIMATED)

    @energy_budget(joules=1_000, per="run", on_unmeasured="deny")
    def ask() -> SimpleNamespace:
        return answer(100)

    ask()
    assert ask.budget.spent().energy == 201 * J


def test_a_policy_that_does_not_ask_for_it_charges_nothing(
    policy, session: Session, meter: FakeMeter, surroundings: FakeSurroundings
) -> None:
    """Until it is loaded anew."""

    @energy_budget(joules=1_000, per="run")
    def ask() -> SimpleNamespace:
        return answer(100)

    ask()
    assert ask.budget.spent().energy == 0
    load_policy(policy(ESTIMATED))
    wait_for_ecologits()
    ask()
    assert ask.budget.spent().energy == 201 * J


def test_the_provider_is_that_of_the_client_unless_the_policy_says(
    policy, session: Session, meter: FakeMeter, surroundings: FakeSurroundings
) -> None:
    policy("meter: {llm: {models: {mine: known}}}")
    ecologits = FakeEcologits()
    surroundings.load_ecologits = lambda: ecologits
    wait_for_ecologits()
    message = type("Message", (SimpleNamespace,), {"__module__": "anthropic.types.message"})

    @energy_budget(joules=1_000, per="run")
    def ask() -> SimpleNamespace:
        return answer(100, model="mine", of=message)

    ask()
    assert set(ecologits.asked) == {("anthropic", "known", None)}


def test_an_sci_is_that_of_this_machine(
    policy, session: Session, meter: FakeMeter, surroundings: FakeSurroundings
) -> None:
    """As its boundary says."""
    target = "{limit: 1 gCO2e, per: request, embodied: {profile: aws-m5}}"
    policy(f"{ESTIMATED}sci: {{answer: {target}}}")
    wait_for_ecologits()

    @sci_budget("answer")
    def ask() -> SimpleNamespace:
        meter.use(3)
        return answer(100)

    ask()

    def used() -> Usage:
        return total_usage(surroundings.ledger.usage_within("answer", 3_600))

    wait_until(lambda: used().units == 1)
    assert used().energy == 3 * J


def test_the_ledger_says_how_what_was_settled_is_known(
    policy, session: Session, meter: FakeMeter, surroundings: FakeSurroundings, tmp_path
) -> None:
    """By its weakest part since the settlement before."""
    policy(ESTIMATED + "budgets: {ask: {energy: 5 kJ, per: run}}")
    surroundings.ledger = open_ledger(LedgerSection(), tmp_path)
    wait_for_ecologits()

    @energy_budget("ask")
    def work(response: object) -> object:
        meter.use(3)
        return response

    for response in (None, answer(100), None):
        work(response)
        assert work.budget.binding.holder.settle()
    found = [entry.provenance for entry in read_entries(surroundings.ledger.database)]
    surroundings.ledger.close()
    assert [one for one in found if one] == ["measured", "modelled", "measured"]


def test_on_a_real_machine_it_is_ecologits(policy) -> None:
    pytest.importorskip("ecologits")
    path = policy("meter: {llm: {provider: openai, zone: FRA, models: {mine: gpt-4o-mini}}}")
    estimator = Machine().llm_estimator(load_runtime_policy(path))
    assert estimator is not None
    assert estimator.ready(60)
    assert estimator.request("mine", "mine", output_tokens=500).energy > J
    assert Machine().llm_estimator(load_runtime_policy(policy(""))) is None
