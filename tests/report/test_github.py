"""Workflow commands of GitHub Actions."""

# ruff: noqa: E501 - reports stand here whole, as they are printed

from handmade import call_finding, lines_of, outcome_of
from inline_snapshot import snapshot

from greenlint.report.outcome import Outcome


def test_a_command_for_each_finding(mixed: Outcome) -> None:
    """Severity is the kind of annotation; a notebook has the line of its JSON."""
    assert lines_of("github", mixed) == snapshot("""\
::warning title=greenlint (unbounded-generation),file=app/chat.py,line=12,endLine=12,col=13,endColumn=82::app/chat.py:12:13: `client.chat.completions.create` sets no upper bound on output tokens. Set `max_completion_tokens` to what the answer needs.
::notice title=greenlint (uncached-api-call),file=app/chat.py,line=12,endLine=12,col=13,endColumn=82::app/chat.py:12:13: The same prompt is sent at temperature 0 on every call and no cache keeps the answer. Keep the answer under a key made of the model and the messages.
::notice title=greenlint (unbounded-generation),file=app/chat.py,line=40,endLine=40,col=5,endColumn=20::app/chat.py:40:5: In the baseline: `client.chat.completions.create` sets no upper bound on output tokens. Set `max_completion_tokens` to what the answer needs.
::error title=greenlint (fp32-training-loop),file=lab/train.ipynb,line=57,endLine=63::lab/train.ipynb:cell 3:4:1: This loop trains in float32 on a GPU. Run the forward pass under `torch.autocast`.\
""")


def test_properties_and_message_are_escaped() -> None:
    """Commas, colons, percent signs and line ends cannot end a property or start a command."""
    finding = call_finding(path="a,b:c%.py", message="50% of\n::error::x", advice="")
    assert lines_of("github", outcome_of(finding)) == snapshot(
        "::warning title=greenlint (unbounded-generation),file=a%2Cb%3Ac%25.py,line=12,endLine=12,col=13,endColumn=82::a,b:c%25.py:12:13: 50%25 of%0A::error::x."
    )
