"""Requests to other people's models: estimated at most, never zero by accident."""

import pytest

from greenlint.metering.llm import (
    UNKNOWN,
    Coefficients,
    LlmEstimator,
    Model,
    RequestEstimate,
)
from greenlint.metering.measurement import Provenance

KNOWN = Coefficients(energy=1_000.0, energy_per_token=300.0, carbon=10.0, carbon_per_token=0.5)


class FakeEcologits:
    """Knows one model, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[Model] = []

    def __call__(self, model: Model) -> Coefficients | None:
        self.asked.append(model)
        if model[1] == "broken":
            raise RuntimeError("no table")
        return KNOWN if model[1] == "known" else None


def test_a_request_is_two_coefficients_rounded_up() -> None:
    estimator = LlmEstimator(estimate=FakeEcologits())
    assert estimator.prepare("openai", "known", timeout=10)
    found = estimator.request("openai", "known", output_tokens=101, input_tokens=9_000)
    assert found == RequestEstimate(1_000 + 30_300, 61, Provenance.MODELLED)


def test_input_tokens_count_as_declared() -> None:
    estimator = LlmEstimator(prefill=0.1, estimate=FakeEcologits())
    estimator.prepare("openai", "known", timeout=10)
    found = estimator.request("openai", "known", output_tokens=100, input_tokens=1_000)
    assert found == RequestEstimate(1_000 + 60_000, 110, Provenance.DECLARED)
    without = estimator.request("openai", "known", output_tokens=100)
    assert without.provenance is Provenance.MODELLED


@pytest.mark.parametrize("model", ["unknown", "broken"])
def test_an_unknown_model_is_unavailable(model: str) -> None:
    estimator = LlmEstimator(estimate=FakeEcologits())
    assert not estimator.prepare("openai", model, timeout=10)
    assert estimator.request("openai", model, output_tokens=100) == UNKNOWN
    assert UNKNOWN.provenance is Provenance.UNAVAILABLE


def test_each_model_and_zone_is_looked_up_once() -> None:
    ecologits = FakeEcologits()
    estimator = LlmEstimator(estimate=ecologits)
    for _ in range(3):
        for zone in ("FRA", "SWE"):
            estimator.prepare("openai", "known", zone, timeout=10)
            estimator.request("openai", "known", zone=zone, output_tokens=1)
    assert ecologits.asked == [("openai", "known", "FRA"), ("openai", "known", "SWE")]


def test_the_first_request_does_not_wait() -> None:
    estimator = LlmEstimator(estimate=FakeEcologits())
    assert estimator.request("openai", "known", output_tokens=1) in {
        UNKNOWN,
        RequestEstimate(1_300, 11, Provenance.MODELLED),
    }


def test_the_coefficients_are_those_of_ecologits() -> None:
    """Its estimate is a straight line of the output, so two points say all of it."""
    utils = pytest.importorskip("ecologits.tracers.utils")
    estimator = LlmEstimator()
    assert estimator.prepare("openai", "gpt-4o-mini", "FRA", timeout=60)
    assert not estimator.prepare("openai", "a-model-of-tomorrow", timeout=60)
    assert not estimator.prepare("openai", "gpt-4o-mini", "XXX", timeout=60)
    for tokens in (1, 250, 4_000):
        theirs = utils.llm_impacts("openai", "gpt-4o-mini", tokens, 1e6, "FRA")
        ours = estimator.request("openai", "gpt-4o-mini", zone="FRA", output_tokens=tokens)
        assert ours.energy == pytest.approx(theirs.energy.value.max * 3.6e12, rel=1e-3)
        assert ours.carbon == pytest.approx(theirs.gwp.value.max * 1e9, abs=1)
