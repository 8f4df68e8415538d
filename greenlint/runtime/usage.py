"""Reads how many tokens a request used from what the common clients return.

By shape alone, attributes or keys, so that no client is imported: OpenAI (chat, responses,
embeddings), Anthropic, Google Gen AI and Bedrock's `converse`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenlint.runtime.scope import WorkScope

_HOLDERS = ("usage", "usage_metadata", "usageMetadata")
_TOTALS = ("total_tokens", "total_token_count", "totalTokens", "totalTokenCount")
_INPUTS = (
    "prompt_tokens",
    "input_tokens",
    "inputTokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
_OUTPUTS = ("completion_tokens", "output_tokens", "outputTokens")


def tokens_of(response: object) -> int | None:
    """Input and output tokens together; None if the response does not say."""
    parts = _parts(response)
    return None if parts is None else sum(parts)


def count_usage(scope: "WorkScope", response: object) -> None:
    """Count the tokens of a response, unless tokens were counted within the call."""
    if scope.token_count is None and (count := tokens_of(response)) is not None:
        scope.tokens(count)


class StreamUsage:
    """The usage of a streamed response: its events tell running totals, of which the last holds."""

    def __init__(self) -> None:
        self._input = 0
        self._output = 0
        self._seen = False

    def see(self, event: object) -> None:
        """Take note of one event of the stream."""
        parts = _parts(event)
        if parts is None:
            # Anthropic tells the input in the message with which the stream begins.
            parts = _parts(_field(event, "message"))
        if parts is not None:
            self._seen = True
            self._input = max(self._input, parts[0])
            self._output = max(self._output, parts[1])

    def count(self, scope: "WorkScope") -> None:
        """Count what the stream came to, unless tokens were counted within it."""
        if self._seen and scope.token_count is None:
            scope.tokens(self._input + self._output)


def _parts(response: object) -> tuple[int, int] | None:
    """Input and output; a total alone counts as output."""
    if response is None or isinstance(response, str | bytes | int | float | list | tuple):
        return None
    for holder in _HOLDERS:
        usage = _field(response, holder)
        if usage is None:
            continue
        incoming, outgoing = _sum(usage, _INPUTS), _sum(usage, _OUTPUTS)
        total = _sum(usage, _TOTALS)
        if total is not None and total >= (incoming or 0) + (outgoing or 0):
            return incoming or 0, total - (incoming or 0)
        if incoming is not None or outgoing is not None:
            return incoming or 0, outgoing or 0
    return None


def _sum(usage: object, names: tuple[str, ...]) -> int | None:
    found = [_field(usage, name) for name in names]
    counts = [n for n in found if isinstance(n, int) and not isinstance(n, bool) and n >= 0]
    return sum(counts) if counts else None


def _field(holder: object, name: str) -> object:
    if isinstance(holder, Mapping):
        return holder.get(name)
    try:
        return getattr(holder, name, None)
    except Exception:  # noqa: BLE001  # a property of user code: what it raises is no answer
        return None
