"""The energy and carbon of a request to somebody else's model, estimated with ecologits.

Nothing can be measured there, so this is a model, and the upper end of its range is what counts.
ecologits (extra `greenlint[llm]`) ignores the input; how much an input token costs beside an output
token is for the policy to declare. The provider's own PUE is included: apply no other.
"""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from greenlint.forking import no_fork
from greenlint.metering.measurement import Provenance
from greenlint.metering.settings import LlmSettings

_MICROJOULES_PER_KWH = 3_600_000_000_000
_MICROGRAMS_PER_KG = 1_000_000_000
# ecologits caps its estimate by the latency of the request; one that is never reached leaves the
# estimate to the model alone.
_NO_LATENCY = 1e9
_PROBE = 1_000

logger = logging.getLogger("greenlint")


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

# Provider, model, output tokens, latency in seconds and zone to what `llm_impacts` gives.
Impacts = Callable[[str, str, int, float, str | None], Any]


class LlmEstimator:
    """Estimates of requests by two coefficients for each model, looked up once.

    ecologits is imported in a thread of its own, as that takes longer than a call may. Until it
    has been, and where it is not installed, every request is unavailable.
    """

    def __init__(self, settings: LlmSettings, *, load: Callable[[], Impacts] | None = None) -> None:
        self._settings = settings
        self._load = load or _ecologits
        self._impacts: Impacts | None = None
        self._found: dict[tuple[str, str], Coefficients | None] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to import ecologits; returns at once."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._import, name="greenlint-llm", daemon=True
                )
                self._thread.start()

    def ready(self, timeout: float) -> bool:
        """Whether there are estimates, after waiting for `timeout` seconds at most."""
        self.start()
        if self._thread is not None:
            self._thread.join(timeout)
        return self._impacts is not None

    def request(
        self, client: str, model: str, *, output_tokens: int, input_tokens: int = 0
    ) -> RequestEstimate:
        """What one request came to at most; never waits for ecologits.

        `client` is the package that made the request, which tells the provider unless the policy
        does. `model` is the name that the response gives.
        """
        found = self._coefficients(client, model)
        if found is None:
            return UNKNOWN
        prefill = self._settings.prefill
        tokens = output_tokens + prefill * input_tokens
        declared = prefill > 0 and input_tokens > 0
        return RequestEstimate(
            energy=math.ceil(found.energy + tokens * found.energy_per_token),
            carbon=math.ceil(found.carbon + tokens * found.carbon_per_token),
            provenance=Provenance.DECLARED if declared else Provenance.MODELLED,
        )

    def _coefficients(self, client: str, model: str) -> Coefficients | None:
        impacts = self._impacts
        if impacts is None:
            self.start()
            return None
        key = (client, model)
        if key not in self._found:
            self._found[key] = self._look_up(impacts, client, model)
        return self._found[key]

    def _look_up(self, impacts: Impacts, client: str, model: str) -> Coefficients | None:
        settings = self._settings
        provider = settings.provider or _PROVIDERS.get(client, client)
        name = settings.models.get(model, model)

        def probe(tokens: int) -> tuple[float, float] | None:
            found = impacts(provider, name, tokens, _NO_LATENCY, settings.zone)
            if found.has_errors or found.energy is None or found.gwp is None:
                return None
            return (
                _upper(found.energy.value) * _MICROJOULES_PER_KWH,
                _upper(found.gwp.value) * _MICROGRAMS_PER_KG,
            )

        try:
            none, many = probe(0), probe(_PROBE)
        except Exception:  # whatever goes wrong in there, the call goes on
            logger.debug("ecologits failed on %s", name, exc_info=True)
            none = many = None
        if none is None or many is None:
            logger.warning(
                "The energy of requests to model `%s` of provider `%s` cannot be estimated: say"
                " under `meter.llm` in the policy which provider and model of ecologits it is.",
                name,
                provider,
            )
            return None
        return Coefficients(
            energy=none[0],
            energy_per_token=(many[0] - none[0]) / _PROBE,
            carbon=none[1],
            carbon_per_token=(many[1] - none[1]) / _PROBE,
        )

    def _import(self) -> None:
        try:
            with no_fork():
                self._impacts = self._load()
        except ImportError as error:
            logger.warning(
                "The energy of requests to hosted models cannot be estimated (%s): install"
                " ecologits with: pip install 'greenlint[llm]'",
                error,
            )


# What the packages of providers are called, where ecologits calls the provider otherwise.
_PROVIDERS = {"google": "google_genai"}


def _ecologits() -> Impacts:
    from ecologits.tracers.utils import llm_impacts

    return llm_impacts


def _upper(value: Any) -> float:  # noqa: ANN401 - a number or a range, by the model
    return float(getattr(value, "max", value))
