"""Alerts reach a real server and a real program, once, and never disturb the guarded code."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import wait_until
from webhook_server import WebhookServer

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Budget, Mode, Per
from greenlint.policy.limits import CommandAlert, LogAlert, WebhookAlert
from greenlint.runtime.alerts import Alert, Alerts, targets_of
from greenlint.runtime.alerts.alert import alerts_due
from greenlint.runtime.alerts.targets import CommandTarget, LogTarget, WebhookTarget

SECRET = "hook-8f3a"  # noqa: S105  # what must not show up in a log
ACCOUNT = Account("nightly", "process:1", 1_700_000_000)
BUDGET = Budget(
    name="nightly",
    limits=Limits(energy=1_000_000_000),
    per=Per.RUN,
    warn_at=(0.5, 0.8),
    labels={"team": "search"},
)
HALF = next(alerts_due(BUDGET, ACCOUNT, Amounts(energy=500_000_000), at=1_700_000_100))


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


def webhook(server: WebhookServer, **options: float) -> WebhookTarget:
    options = {"backoff": 0.01, "timeout": 0.2} | options
    return WebhookTarget("webhook $HOOK", f"{server.url}/{SECRET}", **options)


@pytest.mark.parametrize(
    ("spent", "thresholds"),
    [(0, []), (499, []), (500, [0.5]), (850, [0.5, 0.8]), (1000, [0.5, 0.8, 1.0])],
)
def test_alert_is_due_from_its_threshold_on(spent: int, thresholds: list[float]):
    due = alerts_due(BUDGET, ACCOUNT, Amounts(energy=spent * 1_000_000), at=0)
    assert [alert.threshold for alert in due] == thresholds


def test_any_metric_can_raise_the_alert():
    budget = Budget(name="b", limits=Limits(energy=100, tokens=10), per=Per.DAY, warn_at=(0.5,))
    (alert,) = alerts_due(budget, ACCOUNT, Amounts(energy=1, tokens=6), at=0)
    assert (alert.metric, alert.text) == (
        Metric.TOKENS,
        "Budget nightly has reached 50%: 6 tokens of 10 tokens per day.",
    )


def test_limit_of_nothing_is_used_up_by_anything():
    budget = Budget(name="b", limits=Limits(requests=0), per=Per.DAY)
    assert not list(alerts_due(budget, ACCOUNT, Amounts(), at=0))
    assert list(alerts_due(budget, ACCOUNT, Amounts(requests=1), at=0))


def test_webhook_gets_the_alert_as_json(server: WebhookServer):
    webhook(server).deliver(HALF)
    (request,) = server.requests
    got = json.loads(request.body)
    assert request.headers["Content-Type"] == "application/json"
    assert got.pop("host")
    assert got == {
        "version": 1,
        "text": "Budget nightly has reached 50%: 500 J of 1,000 J per run.",
        "budget": "nightly",
        "threshold": 0.5,
        "exceeded": False,
        "metric": "energy",
        "spent": 500.0,
        "limit": 1000.0,
        "unit": "J",
        "per": "run",
        "period_start": "2023-11-14T22:13:20+00:00",
        "holder": "process:1",
        "labels": {"team": "search"},
        "pid": os.getpid(),
        "at": "2023-11-14T22:15:00+00:00",
    }


@pytest.mark.parametrize(
    ("answers", "requests", "failure"),
    [
        ([500, 503, 200], 3, None),
        ([429, 200], 2, None),
        ([500, 500, 500, 500], 4, "HTTP status 500"),
        ([404], 1, "HTTP status 404"),
        ([302], 1, "HTTP status 302, and redirects are not followed"),
        (["hang", 200], 2, None),
        (["hang"] * 4, 4, "timed out"),
        (["garbage"], 1, "BadStatusLine"),
    ],
)
def test_webhook_tries_again_where_that_may_help(
    server: WebhookServer,
    caplog: pytest.LogCaptureFixture,
    answers: list[int | str],
    requests: int,
    failure: str | None,
):
    server.answers = list(answers)
    webhook(server).deliver(HALF)
    assert len(server.requests) == requests
    expected = [f"An alert was not delivered to webhook $HOOK: {failure}."] if failure else []
    assert [record.message for record in caplog.records] == expected


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:1/{SECRET}",
        f"http://nowhere.invalid/{SECRET}",
        f"http://user:{SECRET}@127.0.0.1:1/",
        f"http://127.0.0.1:{SECRET}/",
        f"http://[{SECRET}/",
        f"http://127.0.0.1:1/{SECRET} and a space",
    ],
)
def test_failing_webhook_tells_no_secret(address: str, caplog: pytest.LogCaptureFixture):
    (target,) = targets_of([WebhookAlert(to="webhook", url_env="HOOK")], {"HOOK": address})
    target.hurry()
    target.deliver(HALF)
    assert "not delivered to webhook $HOOK" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({}, "is not set"),
        ({"HOOK": f"file:///{SECRET}"}, "holds no http or https address"),
    ],
)
def test_webhook_without_a_usable_address_is_said_and_left_out(
    environment: dict[str, str], state: str, caplog: pytest.LogCaptureFixture
):
    alerts = [LogAlert(to="log"), WebhookAlert(to="webhook", url_env="HOOK")]
    assert [target.name for target in targets_of(alerts, environment)] == ["log"]
    assert state in caplog.text
    assert SECRET not in caplog.text


def test_policy_names_its_targets():
    alerts = [
        LogAlert(to="log"),
        WebhookAlert(to="webhook", url="https://example.org/path"),
        CommandAlert(to="command", command=("/bin/echo", "$HOME")),
    ]
    names = [target.name for target in targets_of(alerts, {})]
    assert names == ["log", "webhook example.org", "command echo"]


def test_command_gets_the_alert_without_a_shell(tmp_path: Path):
    program = (
        "import os, sys; text = os.environ['GREENLINT_ALERT'];"
        "open(sys.argv[1], 'w').write(f'{text}\\n{sys.stdin.read()}')"
    )
    out = tmp_path / "$HOME; a file"
    CommandTarget([sys.executable, "-c", program, str(out)], timeout=20).deliver(HALF)
    text, _, body = out.read_text().partition("\n")
    assert text == HALF.text
    assert json.loads(body)["budget"] == "nightly"


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        (["/no/such/program"], "command program: no such file or directory"),
        (["sh", "-c", "exit 3"], "command sh: exit code 3"),
        (["sh", "-c", "sleep 300 & wait"], "command sh: it took longer than 0.2 s"),
        (["true"], None),
    ],
)
def test_failing_command_is_logged(
    command: list[str], failure: str | None, caplog: pytest.LogCaptureFixture
):
    began = time.monotonic()
    CommandTarget(command, timeout=0.2).deliver(HALF)
    assert time.monotonic() - began < 100
    assert (failure is None and not caplog.records) or failure in caplog.text


def test_log_says_how_grave_it_is(caplog: pytest.LogCaptureFixture):
    over = list(alerts_due(BUDGET, ACCOUNT, Amounts(energy=2_000_000_000), at=0))[-1]
    for alert in (HALF, over):
        LogTarget().deliver(alert)
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("greenlint", "WARNING"),
        ("greenlint", "ERROR"),
    ]
    assert caplog.records[0].alert is HALF


class Collector:
    """A target that keeps what it is told, and does first what it was asked to."""

    name = "collector"

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        self.alerts: list[Alert] = []
        self._first = first

    def deliver(self, alert: Alert) -> None:
        """Keep it."""
        self._first()
        self.alerts.append(alert)

    def hurry(self) -> None:
        """Nothing to hurry."""


def test_each_threshold_is_raised_once():
    collector = Collector()
    alerts = Alerts([collector])
    for spent in (100, 500, 600, 810, 900, 1100, 1200):
        alerts.look(BUDGET, ACCOUNT, Amounts(energy=spent * 1_000_000))
    alerts.exceeded(BUDGET, ACCOUNT, Metric.ENERGY, Amounts())
    alerts.close()
    assert [alert.threshold for alert in collector.alerts] == [0.5, 0.8, 1.0]


def test_new_period_is_alerted_anew_and_a_refusal_counts_as_exceeded():
    collector = Collector()
    alerts = Alerts([collector])
    later = Account("nightly", "process:1", 1_800_000_000)
    for account in (ACCOUNT, later):
        alerts.exceeded(BUDGET, account, Metric.ENERGY, Amounts(energy=999))
    alerts.close()
    assert [alert.account for alert in collector.alerts] == [ACCOUNT, later]


def test_observed_budget_alerts_nobody():
    collector = Collector()
    alerts = Alerts([collector])
    observed = Budget(name="b", limits=Limits(energy=1), per=Per.RUN, mode=Mode.OBSERVE)
    alerts.look(observed, ACCOUNT, Amounts(energy=2))
    alerts.exceeded(observed, ACCOUNT, Metric.ENERGY, Amounts(energy=2))
    alerts.close()
    assert not collector.alerts


def test_broken_or_slow_target_costs_neither_the_caller_nor_the_others():
    def fail() -> None:
        raise RuntimeError("broken")

    ended = threading.Event()
    broken, slow, good = Collector(fail), Collector(lambda: ended.wait(120)), Collector()
    alerts = Alerts([broken, slow, good], capacity=1, drain=0.3)
    for period in range(200):
        alerts.look(BUDGET, Account("b", "p", period), Amounts(energy=500_000_000))
    wait_until(lambda: bool(good.alerts))
    alerts.close()
    assert not slow.alerts
    ended.set()
    alerts.look(BUDGET, Account("late", "p", 0), Amounts(energy=500_000_000))


SCRIPT = """\
import logging, os, sys
from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget, Per
from greenlint.runtime.alerts import Alerts
from greenlint.runtime.alerts.targets import WebhookTarget

budget = Budget(name="b", limits=Limits(energy=10), per=Per.RUN, warn_at=(0.5,))
alerts = Alerts([WebhookTarget("webhook", sys.argv[1], timeout=300)], drain=float(sys.argv[2]))
alerts.look(budget, Account("b", "parent", 0), Amounts(energy=5))
"""
FORK = """\
if not (child := os.fork()):
    alerts.look(budget, Account("b", "parent", 0), Amounts(energy=5))
    alerts.look(budget, Account("b", "child", 0), Amounts(energy=5))
    sys.exit()
os.waitpid(child, 0)
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("script", "holders"), [(SCRIPT, ["parent"]), (SCRIPT + FORK, ["child", "parent"])]
)
def test_alerts_are_delivered_at_the_end_of_a_program_once_across_a_fork(
    server: WebhookServer, script: str, holders: list[str]
):
    run(script, server.url, "20")
    got = sorted(json.loads(request.body)["holder"] for request in server.requests)
    assert got == holders


def test_end_of_a_program_waits_no_longer_than_its_bound(server: WebhookServer):
    server.answers = ["hang"]
    ended = run(SCRIPT, server.url, "0.3")  # within a minute, though the target may take five
    assert "not all delivered" in ended.stderr


ACROSS = """\
import sys
from pathlib import Path
from greenlint.ledger.connect import open_ledger
from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget, Per
from greenlint.policy.limits import Ledger
from greenlint.runtime.alerts import Alerts
from greenlint.runtime.alerts.targets import WebhookTarget

url, directory = sys.argv[1:]
ledger = open_ledger(Ledger(), Path(directory))
budget = Budget(name="b", limits=Limits(energy=10), per=Per.DAY, warn_at=(0.5, 0.8))
alerts = Alerts([WebhookTarget("webhook", url, timeout=30)], claims=ledger, drain=30)
alerts.look(budget, Account("b", "fleet", 0), Amounts(energy=9))
"""


def test_alert_is_raised_once_across_processes_with_one_ledger(
    server: WebhookServer, tmp_path: Path
):
    command = [sys.executable, "-c", ACROSS, server.url, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    got = sorted(json.loads(request.body)["threshold"] for request in server.requests)
    assert got == [0.5, 0.8]


class UnreachableLedger:
    """Claims that nobody answers."""

    def claim(self, account: Account, threshold: float) -> bool:
        """Fail as a ledger does that cannot be reached."""
        raise LedgerError(f"no ledger for {account.budget} at {threshold}")


def test_alert_is_given_where_the_ledger_cannot_be_asked():
    collector = Collector()
    alerts = Alerts([collector], claims=UnreachableLedger())
    alerts.look(BUDGET, ACCOUNT, Amounts(energy=500_000_000))
    alerts.close()
    assert [alert.threshold for alert in collector.alerts] == [0.5]
