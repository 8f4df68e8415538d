"""Reads what a request used from what the common clients return: tokens, and of which model.

By shape alone, attributes or keys, so that no client is imported: OpenAI (chat, responses,
embeddings), Anthropic, Google Gen AI and Bedrock's `converse`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from greenlint.runtime.scope import WorkScope

_HOLDERS = ("usage", "usage_metadata", "usageMetadata")
_TOTALS = ("total_tokens", "total_token_count", "totalTokens", "totalTokenCount")
_INPUTS = (
    "prompt_tokens",
    "prompt_token_count",
    "promptTokenCount",
    "input_tokens",
    "inputTokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
_OUTPUTS = ("completion_tokens", "output_tokens", "outputTokens")


_MODELS = ("model", "model_version", "modelVersion")


def count_usage(scope: "WorkScope", response: object) -> None:
    """Count what a response says of its request, unless that was counted within the call."""
    parts = _parts(response)
    if parts is not None:
        _count(scope, _Request(*parts, _client(response), _model(response)))


class StreamUsage:
    """The usage of a streamed response: its events tell running totals, of which the last holds."""

    def __init__(self) -> None:
        self._input = 0
        self._output = 0
        self._client = ""
        self._model = ""
        self._seen = False

    def see(self, event: object) -> None:
        """Take note of one event of the stream."""
        told = event
        parts = _parts(event)
        if parts is None:
            # Anthropic tells the input in the message with which the stream begins.
            told = _field(event, "message")
            parts = _parts(told)
        if parts is not None:
            self._seen = True
            self._input = max(self._input, parts[0])
            self._output = max(self._output, parts[1])
            self._client = self._client or _client(told)
            self._model = self._model or _model(told)

    def count(self, scope: "WorkScope") -> None:
        """Count what the stream came to, unless it was counted within it."""
        if self._seen:
            _count(scope, _Request(self._input, self._output, self._client, self._model))


class _Request(NamedTuple):
    """What a response tells; "" for a client or a model that it does not."""

    input: int
    output: int
    client: str
    model: str


def _count(scope: "WorkScope", request: _Request) -> None:
    binding = scope.binding
    if binding.limits_tokens and scope.token_count is None:
        scope.tokens(request.input + request.output)
    if binding.llm is not None and not scope.has_estimates:
        scope.add_estimate(
            binding.llm.request(
                request.client,
                request.model,
                output_tokens=request.output,
                input_tokens=request.input,
            )
        )


def _client(response: object) -> str:
    """The package whose class the response has."""
    return type(response).__module__.partition(".")[0]


def _model(response: object) -> str:
    found = (_field(response, name) for name in _MODELS)
    return next((name for name in found if isinstance(name, str) and name), "")


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
