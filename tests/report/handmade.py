"""Findings made by hand, as the engine would hand them to a report."""

from greenlint.level import Level
from greenlint.lint.engine import CheckResult, Summary
from greenlint.lint.finding import Finding, Span
from greenlint.report import Style, rendered
from greenlint.report.outcome import Outcome

CALL = '    reply = client.chat.completions.create(model="gpt-5-mini", messages=messages)'


def call_finding(**changes: object) -> Finding:
    """A request without an upper bound, on line 12 of app/chat.py."""
    values: dict[str, object] = {
        "rule": "unbounded-generation",
        "path": "app/chat.py",
        "span": Span(12, 13, 12, 82),
        "severity": Level.MEDIUM,
        "confidence": Level.HIGH,
        "message": "`client.chat.completions.create` sets no upper bound on output tokens",
        "advice": "Set `max_completion_tokens` to what the answer needs.",
        "fingerprint": "5f1c0d2e9a8b7c64",
        "snippet": (CALL,),
        "family": "llm-calls",
    }
    return Finding(**(values | changes))  # type: ignore[arg-type]


def cache_finding(**changes: object) -> Finding:
    """The same request, sent again for the same answer."""
    values: dict[str, object] = {
        "rule": "uncached-api-call",
        "severity": Level.LOW,
        "confidence": Level.MEDIUM,
        "message": "the same prompt is sent at temperature 0 on every call and no cache keeps the "
        "answer",
        "advice": "Keep the answer under a key made of the model and the messages.",
        "fingerprint": "0a1b2c3d4e5f6071",
    }
    return call_finding(**(values | changes))


TRAINING = (
    "for epoch in range(100):",
    "    for batch in loader:",
    "        loss = model(batch).loss",
    "        loss.backward()",
    "        optimizer.step()",
    "        optimizer.zero_grad()",
    "    scheduler.step()",
)


def loop_finding(**changes: object) -> Finding:
    """A training loop over several lines of a notebook's third cell."""
    values: dict[str, object] = {
        "rule": "fp32-training-loop",
        "path": "lab/train.ipynb",
        "span": Span(4, 1, 10, 21),
        "severity": Level.HIGH,
        "message": "this loop trains in float32 on a GPU",
        "advice": "Run the forward pass under `torch.autocast`.",
        "fingerprint": "ffeeddccbbaa9988",
        "snippet": TRAINING,
        "family": "training",
        "cell": 3,
        "physical": Span(57, 5, 63, 25),
    }
    return call_finding(**(values | changes))


def outcome_of(*findings: Finding) -> Outcome:
    """A run that found just these in three files."""
    return Outcome(CheckResult(findings, Summary(checked=3, findings=len(findings), seconds=0.05)))


def lines_of(form: str, outcome: Outcome, **style: object) -> str:
    """The report as one text."""
    return "\n".join(rendered(form, outcome, Style(**style)))  # type: ignore[arg-type]
