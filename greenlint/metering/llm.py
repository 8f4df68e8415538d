"""The energy and carbon of a request to somebody else's model, estimated with ecologits.

Nothing can be measured there, so this is a model, and the upper end of its range is what counts.
ecologits (extra `greenlint[llm]`) ignores the input; how much an input token costs beside an output
token is for the caller to declare. The provider's own PUE is included: apply no other.
"""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from greenlint.metering.measurement import Provenance

_MICROJOULES_PER_KWH = 3_600_000_000_000
_MICROGRAMS_PER_KG = 1_000_000_000
# ecologits caps its estimate by the latency of the request; one that is never reached leaves the
# estimate to the model alone.
_NO_LATENCY = 1e9
_PROBE = 1_000

_log = logging.getLogger("greenlint")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The upper end of an estimate: energy in microjoules, carbon in micrograms of CO2e.

    Each for a request as such, and for one output token. Carbon has the embodied part in it.
    """

    energy: float
    energy_per_token: float
    carbon: float
    carbon_per_token: float


@dataclass(frozen=True, slots=True)
class RequestEstimate:
    """What a request came to, at most: microjoules, and micrograms of CO2 equivalent.

    DECLARED when a declared factor for input tokens had a part in it; UNAVAILABLE when the model
    or the zone is unknown, and then the amounts are 0 and must not be taken for it.
    """

    energy: int
    carbon: int
    provenance: Provenance


UNKNOWN = RequestEstimate(0, 0, Provenance.UNAVAILABLE)

Model = tuple[str, str, str | None]
Estimate = Callable[[Model], Coefficients | None]


class LlmEstimator:
    """Estimates of requests, by two coefficients for each model and zone.

    They are found once, in a thread of their own, since importing ecologits takes seconds. Until
    then a request is unavailable. `prefill` is the energy of an input token as a part of that of an
    output token; 0 leaves the input out.
    """

    def __init__(self, *, prefill: float = 0.0, estimate: Estimate | None = None) -> None:
        self._prefill = prefill
        self._estimate = estimate or _ecologits
        self._found: dict[Model, Coefficients | None] = {}
        self._searches: dict[Model, threading.Thread] = {}
        self._lock = threading.Lock()

    def prepare(
        self, provider: str, model: str, zone: str | None = None, *, timeout: float = 0.0
    ) -> bool:
        """Find the coefficients; whether there are any by then.

        `provider` is a name of ecologits (`openai`), `zone` a country as in `FRA`, None for where
        the provider is. Waits for `timeout` seconds.
        """
        key = (provider, model, zone)
        if key not in self._found:
            with self._lock:
                thread = self._searches.get(key)
                if thread is None:
                    thread = threading.Thread(
                        target=self._search, args=(key,), name="greenlint-llm", daemon=True
                    )
                    self._searches[key] = thread
                    thread.start()
            if timeout > 0:
                thread.join(timeout)
        return self._found.get(key) is not None

    def request(
        self,
        provider: str,
        model: str,
        *,
        zone: str | None = None,
        output_tokens: int,
        input_tokens: int = 0,
    ) -> RequestEstimate:
        """What one request came to at most; never waits."""
        found = self._found.get((provider, model, zone))
        if found is None:
            self.prepare(provider, model, zone)
            return UNKNOWN
        tokens = output_tokens + self._prefill * input_tokens
        declared = self._prefill > 0 and input_tokens > 0
        return RequestEstimate(
            energy=math.ceil(found.energy + tokens * found.energy_per_token),
            carbon=math.ceil(found.carbon + tokens * found.carbon_per_token),
            provenance=Provenance.DECLARED if declared else Provenance.MODELLED,
        )

    def _search(self, key: Model) -> None:
        try:
            self._found[key] = self._estimate(key)
        except Exception:  # noqa: BLE001 - whatever goes wrong in there, the process goes on
            _log.debug("no estimate for %s", key, exc_info=True)
            self._found[key] = None


def _ecologits(model: Model) -> Coefficients | None:
    from ecologits.tracers.utils import llm_impacts

    provider, name, zone = model

    def probe(tokens: int) -> tuple[float, float] | None:
        found: Any = llm_impacts(provider, name, tokens, _NO_LATENCY, zone)
        if found.has_errors or found.energy is None or found.gwp is None:
            return None
        return (
            _upper(found.energy.value) * _MICROJOULES_PER_KWH,
            _upper(found.gwp.value) * _MICROGRAMS_PER_KG,
        )

    none, many = probe(0), probe(_PROBE)
    if none is None or many is None:
        return None
    return Coefficients(
        energy=none[0],
        energy_per_token=(many[0] - none[0]) / _PROBE,
        carbon=none[1],
        carbon_per_token=(many[1] - none[1]) / _PROBE,
    )


def _upper(value: Any) -> float:  # noqa: ANN401 - a number or a range, by the model
    return float(getattr(value, "max", value))
