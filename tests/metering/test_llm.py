"""Requests to other people's models: estimated at most, never zero by accident."""

import logging

import pytest
from fake_ecologits import FakeEcologits

from greenlint.metering.llm import UNKNOWN, Impacts, LlmEstimator, RequestEstimate
from greenlint.metering.measurement import Provenance
from greenlint.metering.settings import LlmSettings

JOULE, MILLIGRAM = 1_000_000, 1_000
LONG = 60.0


def estimator(ecologits: FakeEcologits | None = None, **settings: object) -> LlmEstimator:
    ready = LlmEstimator(LlmSettings(**settings), load=lambda: ecologits or FakeEcologits())
    assert ready.ready(LONG)
    return ready


def test_a_request_is_two_coefficients_at_the_upper_end() -> None:
    found = estimator().request("openai", "known", output_tokens=100, input_tokens=9_000)
    assert found == RequestEstimate(201 * JOULE, 301 * MILLIGRAM, Provenance.MODELLED)


def test_input_tokens_count_as_declared() -> None:
    ready = estimator(prefill=0.1)
    found = ready.request("openai", "known", output_tokens=100, input_tokens=1_000)
    assert found == RequestEstimate(401 * JOULE, 601 * MILLIGRAM, Provenance.DECLARED)
    without = ready.request("openai", "known", output_tokens=100)
    assert without.provenance is Provenance.MODELLED


@pytest.mark.parametrize("model", ["unknown", "broken"])
def test_an_unknown_model_is_unavailable_and_said_once(
    model: str, caplog: pytest.LogCaptureFixture
) -> None:
    ready = estimator()
    for _ in range(2):
        assert ready.request("openai", model, output_tokens=100) == UNKNOWN
    assert UNKNOWN.provenance is Provenance.UNAVAILABLE
    assert caplog.text.count(f"requests to model `{model}` of provider `openai` cannot be") == 1


def test_the_policy_says_whose_model_it_is_and_where() -> None:
    """Else its client tells; each is looked up once, with two questions."""
    ecologits = FakeEcologits()
    ready = estimator(ecologits, provider="mistralai", zone="FRA", models={"mine": "known"})
    for _ in range(3):
        assert ready.request("openai", "mine", output_tokens=1) != UNKNOWN
    assert ecologits.asked == [("mistralai", "known", "FRA")] * 2
    ecologits = FakeEcologits()
    estimator(ecologits).request("google", "known", output_tokens=1)
    assert ecologits.asked[0] == ("google_genai", "known", None)


def test_without_ecologits_every_request_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Impacts:
        raise ModuleNotFoundError("No module named 'ecologits'")

    missing = LlmEstimator(LlmSettings(), load=load)
    assert not missing.ready(LONG)
    assert missing.request("openai", "known", output_tokens=1) == UNKNOWN
    assert "pip install 'greenlint[llm]'" in caplog.text


def test_a_request_does_not_wait_for_ecologits() -> None:
    """What it came to is unknown then; from the next one on it is known."""
    slow = LlmEstimator(LlmSettings(), load=FakeEcologits)
    assert slow.request("openai", "known", output_tokens=1) == UNKNOWN
    assert slow.ready(LONG)
    assert slow.request("openai", "known", output_tokens=1) != UNKNOWN


def test_the_coefficients_are_those_of_ecologits(caplog: pytest.LogCaptureFixture) -> None:
    """Its estimate is a straight line of the output, so two points say all of it."""
    utils = pytest.importorskip("ecologits.tracers.utils")
    caplog.set_level(logging.CRITICAL, logger="ecologits")
    real = LlmEstimator(LlmSettings(zone="FRA"))
    assert real.ready(LONG)
    assert real.request("openai", "a-model-of-tomorrow", output_tokens=1) == UNKNOWN
    nowhere = LlmEstimator(LlmSettings(zone="XXX"))
    assert nowhere.ready(LONG)
    assert nowhere.request("openai", "gpt-4o-mini", output_tokens=1) == UNKNOWN
    for tokens in (1, 250, 4_000):
        theirs = utils.llm_impacts("openai", "gpt-4o-mini", tokens, 1e6, "FRA")
        ours = real.request("openai", "gpt-4o-mini", output_tokens=tokens)
        assert ours.energy == pytest.approx(theirs.energy.value.max * 3.6e12, rel=1e-3)
        assert ours.carbon == pytest.approx(theirs.gwp.value.max * 1e9, abs=1)
