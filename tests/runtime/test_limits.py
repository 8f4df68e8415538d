"""What budgets limit, over what, and who says so: code, policy, or both."""

import logging
import pickle
import threading
from types import SimpleNamespace

import pytest
from clock import FakeClock
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import (
    BudgetExceeded,
    BudgetUnmeasured,
    budget,
    carbon_budget,
    current_scope,
    energy_budget,
    load_policy,
    request_budget,
    token_budget,
)
from greenlint.errors import BudgetError, PolicyError
from greenlint.metering.measurement import Provenance
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.decision import Outcome
from greenlint.runtime.session import Session

J = 1_000_000


def used(meter: FakeMeter, joules: float) -> None:
    """Work that uses energy."""
    meter.use(joules)


def test_the_message_says_all_there_is_to_say(meter: FakeMeter, policy) -> None:
    path = policy("budgets:\n  train: {energy: 10 J, per: run, on_exceed: deny}\n")

    @energy_budget("train")
    def train() -> None:
        meter.use(12)

    train()
    with pytest.raises(BudgetExceeded) as refused:
        train()
    error = refused.value
    assert isinstance(error, BudgetError)
    assert (error.budget, error.metric, error.limit, error.spent, error.per) == (
        "train", "energy", 10 * J, 12 * J, "run",
    )  # fmt: skip
    assert "train (test_limits.py:" in error.place or "test_limits.py:" in error.place
    text = str(error)
    for part in ("`train`", f"{path.name}:3", "10 J per run", "12 J is spent", "since 20", "raise"):
        assert part in text
    assert error.period.tzinfo is not None
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (str(copy), copy.breach) == (text, error.breach)


@pytest.mark.parametrize("on_exceed", ["deny", "stop"])
def test_a_call_over_its_own_budget_is_not_lost(meter: FakeMeter, on_exceed: str) -> None:
    @energy_budget("5 J", on_exceed=on_exceed)
    def answer(joules: float) -> str:
        meter.use(joules)
        return "42"

    assert answer(5) == "42"
    with pytest.raises(BudgetExceeded) as over:
        answer(6)
    assert (over.value.result, over.value.finished) == ("42", True)
    assert answer(1) == "42"  # each call is counted for itself


def test_warn_returns_the_result_of_a_call_over_its_budget(meter: FakeMeter) -> None:
    @energy_budget("5 J", on_exceed="warn")
    def answer() -> str:
        meter.use(6)
        return "42"

    assert answer() == "42"
    (decision,) = answer.budget.decisions()
    assert (decision.outcome, decision.spent, decision.limit) == (Outcome.WARN, 6 * J, 5 * J)


def test_errors_of_the_code_pass_unchanged_and_what_it_spent_is_settled(
    meter: FakeMeter,
) -> None:
    @energy_budget(joules=10, per="run")
    def fails() -> None:
        meter.use(4)
        raise KeyError("mine")

    @energy_budget(joules=1)
    def fails_over_its_budget() -> None:
        meter.use(4)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fails()
    assert fails.budget.spent() == Amounts(4 * J, 0, 0, 1) + Amounts(
        carbon=fails.budget.spent().carbon
    )
    with pytest.raises(KeyError, match="mine") as error:
        fails_over_its_budget()
    assert error.value.__context__ is None
    assert fails_over_its_budget.budget.decisions()[0].outcome is Outcome.STOP
    with pytest.raises(KeyError, match="mine"), budget(joules=10):
        raise KeyError("mine")


@pytest.mark.parametrize(
    ("per", "seconds"), [("hour", 3600), ("day", 86_400), ("month", 31 * 86_400)]
)
def test_each_period_has_a_budget_of_its_own(
    meter: FakeMeter, session: Session, per: str, seconds: float
) -> None:
    clock = session.clock = FakeClock(1_767_225_700.0)  # 1 January 2026 00:01:40 UTC

    @energy_budget("ours", "10 J", per=per)
    def work(joules: float) -> None:
        meter.use(joules)

    work(10)
    with pytest.raises(BudgetExceeded) as refused:
        work(1)
    assert refused.value.breach.period == 1_767_225_600
    clock.step(seconds - 101)
    with pytest.raises(BudgetExceeded):
        work(1)
    clock.step(1)
    work(3)
    assert work.budget.spent().energy == 3 * J


def test_carbon_is_energy_times_the_intensity_where_it_runs(
    meter: FakeMeter, surroundings: FakeSurroundings
) -> None:
    surroundings.declared_region = "zone:FR"

    @carbon_budget(grams=1000, per="run")
    def work(joules: float) -> None:
        meter.use(joules)

    work(3_600_000)
    france = work.budget.spent().carbon
    assert 20 * J < france < 120 * J  # grams for one kWh, in micrograms
    for _ in range(1000):
        work(0.001)  # each emits less than a microgram
    assert work.budget.spent().carbon - france == pytest.approx(france / 3_600_000, abs=2)


def test_carbon_where_nobody_knows_the_intensity_is_unmeasured(
    meter: FakeMeter, surroundings: FakeSurroundings
) -> None:
    surroundings.declared_region = ""

    @carbon_budget(grams=1000, per="run", on_unmeasured="deny")
    def work() -> str:
        meter.use(1)
        return "done"

    with pytest.raises(BudgetUnmeasured) as error:
        work()
    assert error.value.result == "done"
    assert error.value.metric == "carbon"


def response(**usage: int) -> SimpleNamespace:
    """A response as a client gives it."""
    return SimpleNamespace(usage=SimpleNamespace(**usage))


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        (response(prompt_tokens=5, completion_tokens=7, total_tokens=12), 12),
        (response(input_tokens=5, output_tokens=7, cache_read_input_tokens=100), 112),
        (response(input_tokens=5, output_tokens=7, total_tokens=12), 12),
        (
            SimpleNamespace(
                usage_metadata=SimpleNamespace(
                    prompt_token_count=5, candidates_token_count=4, total_token_count=12
                )
            ),
            12,
        ),
        ({"usage": {"inputTokens": 5, "outputTokens": 7, "totalTokens": 12}}, 12),
        ({"usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 12}}, 12),
    ],
)
def test_the_tokens_of_common_responses_are_counted(
    session: Session, answer: object, tokens: int
) -> None:
    @token_budget("1k", per="run")
    def ask() -> object:
        return answer

    assert ask() is answer
    assert ask.budget.spent().tokens == tokens


def test_the_tokens_of_streams_are_counted_once(session: Session) -> None:
    @token_budget("1k", per="run")
    def openai():
        yield SimpleNamespace(choices=["a"], usage=None)
        yield response(prompt_tokens=5, completion_tokens=7, total_tokens=12)

    @token_budget("1k", per="run")
    def anthropic():
        yield SimpleNamespace(message=response(input_tokens=5, output_tokens=1))
        yield response(output_tokens=4)
        yield response(output_tokens=7)

    for stream in (openai, anthropic):
        list(stream())
        assert stream.budget.spent().tokens == 12


def test_counts_in_the_code_go_before_those_of_the_response_and_reach_all_around(
    session: Session,
) -> None:
    @token_budget("1k", per="run")
    def ask() -> object:
        current_scope().tokens(30)
        return response(total_tokens=12)

    with budget("outer", tokens="1k", requests=10, per="run") as scope:
        ask()
        scope.requests(2)
        scope.tokens(5)
    assert ask.budget.spent().tokens == 30
    assert scope.spent() == Amounts(tokens=35, requests=3)
    with pytest.raises(ValueError, match="less than nothing"):
        scope.tokens(-1)


def test_code_outside_any_budget_may_count_and_check(session: Session) -> None:
    scope = current_scope()
    scope.tokens(5)
    scope.requests()
    scope.units(2)
    scope.checkpoint()
    assert scope.spent() == Amounts()


def test_requests_are_refused_at_exactly_the_limit(session: Session) -> None:
    @request_budget(7)
    def ask() -> None: ...

    for _ in range(7):
        ask()
    with pytest.raises(BudgetExceeded):
        ask()
    assert ask.budget.spent().requests == 7
    assert ask.budget.remaining() == Limits(requests=0)


@pytest.mark.parametrize(
    ("written", "holds", "reason"),
    [("20 J", 10, "caps the 20 J"), ("4 J", 4, "lowered by"), (None, 10, "greenlint.yaml:3")],
)
def test_the_policy_caps_the_code_and_the_reason_is_shown(
    meter: FakeMeter, policy, written: str | None, holds: int, reason: str
) -> None:
    policy("budgets:\n  train: {energy: 10 J, per: run, on_exceed: warn}\n")

    @energy_budget("train", written, on_exceed="deny")
    def train() -> None:
        meter.use(30)

    assert train.budget.budget().limits.energy == holds * J
    train()
    with pytest.raises(BudgetExceeded, match=reason):
        train()


def test_code_can_make_a_policy_stricter_but_not_milder(session: Session, policy) -> None:
    policy(
        """\
        mode: warn
        budgets:
          a: {energy: 10 J, per: run, on_exceed: deny, on_unmeasured: deny, warn_at: [80%]}
        """
    )
    guard = energy_budget(
        "a", on_exceed="warn", mode="observe", on_unmeasured="allow", warn_at=("50%",)
    )
    found = guard.budget()
    assert (found.on_exceed, found.mode, found.allow_unmeasured) == ("deny", "warn", False)
    assert found.warn_at == (0.5, 0.8)
    with pytest.raises(PolicyError, match="declared with `per: run`"):
        energy_budget("a", per="day").budget()
    with pytest.raises(PolicyError, match="no limit on tokens"):
        token_budget("a").budget()


def test_a_budget_that_nobody_declares_says_so_when_it_is_used(session: Session, policy) -> None:
    with pytest.raises(PolicyError, match="there is no policy"):
        energy_budget("trian").budget()
    policy("budgets:\n  train: {energy: 10 J, per: run}\n")
    load_policy()
    with pytest.raises(PolicyError, match="did you mean `train`") as error:
        energy_budget("trian").budget()
    assert "test_limits.py" in str(error.value)


@pytest.mark.parametrize(
    ("declare", "error", "words"),
    [
        (lambda: energy_budget("5 kWd"), ValueError, "unknown unit"),
        (lambda: energy_budget("a", "5 J", kwh=1), ValueError, "twice"),
        (lambda: energy_budget(kwh=-1), ValueError, "from 0 on"),
        (lambda: energy_budget(joules=float("nan")), ValueError, "from 0 on"),
        (lambda: energy_budget("5 J", per="week"), ValueError, "per must be one of"),
        (lambda: energy_budget("5 J", every="day"), TypeError, "takes no every"),
        (lambda: energy_budget("5 J", warn_at=("half",)), ValueError, "percentage"),
        (lambda: token_budget("5 apples"), ValueError, "unknown unit"),
        (lambda: token_budget("a", 5, tokens=6), ValueError, "twice"),
        (lambda: budget(energy="5 J", joules=5), ValueError, "twice"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(declare, error, words: str) -> None:
    with pytest.raises(error, match=words):
        declare()


@pytest.mark.parametrize("mode", ["observe", "warn"])
def test_modes_that_do_not_enforce_record_and_let_pass(
    meter: FakeMeter, session: Session, surroundings: FakeSurroundings, policy, mode: str
) -> None:
    policy(f"mode: {mode}\nbudgets:\n  train: {{energy: 10 J, per: run, on_exceed: stop}}\n")

    @energy_budget("train")
    def train() -> str:
        meter.use(20)
        current_scope().checkpoint()
        return "done"

    assert train() == train() == "done"
    assert train.budget.spent().energy == 40 * J
    wait_until(lambda: bool(surroundings.told.seen))
    assert train() == "done"
    outcome = Outcome.ALLOW if mode == "observe" else Outcome.WARN
    wait_until(lambda: bool(train.budget.decisions()))
    assert {decision.outcome for decision in train.budget.decisions()} == {outcome}


def test_the_mode_of_one_budget_goes_before_that_of_the_policy(meter: FakeMeter, policy) -> None:
    policy(
        "mode: observe\nbudgets:\n  a: {energy: 1 J, per: run, on_exceed: deny, mode: enforce}\n"
    )
    work = energy_budget("a")(used)
    work(meter, 2)
    with pytest.raises(BudgetExceeded):
        work(meter, 2)


def test_loading_the_policy_again_changes_what_holds_from_the_next_call_on(
    meter: FakeMeter, policy
) -> None:
    path = policy("budgets:\n  a: {energy: 10 J, per: run, on_exceed: deny}\n")
    work = energy_budget("a")(used)
    work(meter, 10)
    with pytest.raises(BudgetExceeded):
        work(meter, 1)
    policy("budgets:\n  a: {energy: 40 J, per: run, on_exceed: deny}\n")
    with pytest.raises(BudgetExceeded):
        work(meter, 1)  # nothing changes by itself
    loaded = load_policy(path)
    assert loaded.budgets["a"].limits.energy == 40 * J
    work(meter, 5)
    assert work.budget.spent().energy == 15 * J  # nothing is forgotten
    path.write_text("version: 1\nbudgets: nonsense\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        load_policy()
    work(meter, 1)  # the one before stays in force


def test_a_call_under_way_is_settled_under_the_policy_that_it_began_with(
    meter: FakeMeter, session: Session, policy
) -> None:
    policy("budgets:\n  a: {energy: 10 J, per: run, on_exceed: deny}\n")

    @energy_budget("a")
    def work() -> None:
        meter.use(3)
        policy("budgets:\n  a: {energy: 20 J, per: run, on_exceed: deny}\n")
        load_policy()
        meter.use(4)

    work()
    wait_until(lambda: work.budget.spent().energy == 7 * J)


def test_unmeasured_work_is_allowed_logged_and_counted(
    meter: FakeMeter, caplog: pytest.LogCaptureFixture
) -> None:
    meter.provenance = Provenance.UNAVAILABLE
    work = energy_budget(joules=1, per="run")(used)
    with caplog.at_level(logging.WARNING, logger="greenlint"):
        work(meter, 5)
        work(meter, 5)
    assert work.budget.unmeasured == 2
    assert len(caplog.records) == 1
    assert "could not be measured" in caplog.text


def test_every_thread_counts(meter: FakeMeter, session: Session) -> None:
    @request_budget(400, on_exceed="deny")
    def ask() -> None: ...

    refused = []

    def work() -> None:
        for _ in range(100):
            try:
                ask()
            except BudgetExceeded:
                refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 400
    assert ask.budget.spent().requests == 400


def test_one_name_in_code_is_one_budget(meter: FakeMeter) -> None:
    energy_budget("ours", "5 J", per="run").bind()
    energy_budget("ours", "4 J", per="run").bind()  # another limit on the same is fine
    with pytest.raises(PolicyError, match="`ours` limits energy at"):
        token_budget("ours", 5, per="run").bind()
