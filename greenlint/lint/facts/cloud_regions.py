"""Regions that code asks a cloud for, held against the regions that the policy allows."""

import re
from collections.abc import Iterator

from greenlint.carbon.intensity import intensity_of
from greenlint.carbon.tables import table
from greenlint.carbon.zones import cloud_region
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.policy.admission import RegionLimits, listed, over_cap
from greenlint.policy.settings import PolicyFacts
from greenlint.units import GramsPerKwh

_ALL = (Subject.CALL, Subject.LOOP, Subject.FUNCTION)
_NAMES = {
    "aws": re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+"),
    "azure": re.compile(r"[a-z]+\d?"),
    # A zone is a region and a letter.
    "gcp": re.compile(r"([a-z]+-[a-z]+\d+)(?:-[a-z])?"),
}
# Addresses that name the region in which they answer.
_HOSTS = {
    "aws": re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com"),
    "azure": re.compile(
        r"(?://([a-z]+\d?)\.api\.cognitive\.microsoft\.com"
        r"|\.([a-z]+\d?)\.(?:inference\.ml\.azure\.com|models\.ai\.azure\.com))"
    ),
    "gcp": re.compile(r"(?:^|//)([a-z]+-[a-z]+\d+)-aiplatform\.googleapis\.com"),
}
_PROFILE = re.compile(r"(?:bedrock/)?(us-gov|us|eu|apac|jp|au|global)\.[a-z0-9]+\.")
# Where AWS sends a request to such a profile; some models have more destinations, none has fewer.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html, 2026-11-26
_DESTINATIONS = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "eu": ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
    "apac": ("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "global": ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"),
}


@fact("policy", *_ALL)
def policy(facts: Facts, _: Unit, detail: str) -> Answer | None:
    """`policy.budgets`, `.regions`, `.models`, `.requires-budgets`: whether the policy has any."""
    holds = facts.policy.says(detail)
    return None if holds is None else yes_or_no(holds)


@fact("region", Subject.CALL)
def region(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The region that a call asks for: `inside`, or `outside` and `by-list` or `by-intensity`.

    Its value is the reason. No answer when no literal names a region, or the policy can't tell.
    """
    if not isinstance(unit, Call):
        return None
    for name, assumed in _asked_for(facts, unit):
        verdict = judged(facts.policy, name)
        if verdict is not None:
            words, reason = verdict
            return Answer(words, reason, assumed)
    return None


@fact("routing", Subject.CALL)
def routing(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Where AWS may send a request to a cross-region model id: `inside`, `outside`, `partly`.

    Its value is the reason. No answer for a model id that is of one region, or unknown.
    """
    if not isinstance(unit, Call):
        return None
    known = facts.known(facts.argument(unit, "model"))
    found = _PROFILE.match(str(known.value)) if known else None
    if known is None or found is None:
        return None
    verdicts = [judged(facts.policy, f"aws:{name}") for name in _DESTINATIONS[found[1]]]
    refused = [reason for words, reason in filter(None, verdicts) if "outside" in words]
    if not refused:
        return Answer(frozenset({"inside"}))
    word = "outside" if len(refused) == len(verdicts) else "partly"
    return Answer(frozenset({word}), refused[0], known.assumed)


@fact("grid-intensity", Subject.CALL)
def grid_intensity(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The yearly mean intensity, in gCO2e per kWh, of the region that a literal asks for.

    `avoidable` where the same cloud has a region with less than half of it on the same continent,
    as far as the names of regions tell (`eu-`, `us-`, `europe-`).
    """
    if not isinstance(unit, Call):
        return None
    for name, assumed in _asked_for(facts, unit):
        intensity = intensity_of(name)
        if intensity is not None:
            grams = intensity.grams_per_kwh
            words = {"avoidable"} if _has_cleaner_neighbor(name, grams / 2) else set()
            return Answer(frozenset(words), round(grams), assumed)
    return None


def _has_cleaner_neighbor(name: str, limit: float) -> bool:
    continent = name.partition("-")[0]
    near = (region for region in table("cloud_regions").rows if region.startswith(f"{continent}-"))
    known = (intensity_of(region) for region in near)
    return any(found.grams_per_kwh <= limit for found in known if found is not None)


def judged(said: PolicyFacts, name: str) -> tuple[frozenset[str], str] | None:
    """What the policy says of a region, in the words of `region`; None when it can't tell."""
    limits = RegionLimits(allow=said.allow, deny=said.deny)
    listing = listed(limits, name)
    if listing.allowed is None:
        return None
    if not listing.allowed:
        return frozenset({"outside", "by-list"}), listing.reason
    if said.max_intensity is None:
        return frozenset({"inside"}), ""
    intensity = intensity_of(name)
    if intensity is None:
        return None
    if intensity.grams_per_kwh <= said.max_intensity:
        return frozenset({"inside"}), ""
    reason = over_cap(GramsPerKwh(said.max_intensity), intensity)
    return frozenset({"outside", "by-intensity"}), reason


def _asked_for(facts: Facts, call: Call) -> Iterator[tuple[str, bool]]:
    """The regions that literals of a call name, and whether each rests on a default."""
    for role, patterns in (("region", _NAMES), ("endpoint", _HOSTS)):
        known = facts.known(facts.role(call, role))
        if known is None or not isinstance(known.value, str):
            continue
        for provider in {meaning.provider for meaning in facts.meanings(call)}:
            name = _named(provider, patterns, known.value, whole=role == "region")
            if name:
                yield name, known.assumed


def _named(
    provider: str, patterns: dict[str, re.Pattern[str]], text: str, *, whole: bool
) -> str | None:
    """The full name of a region; a cloud's own name alone must be one that it has."""
    if provider not in patterns:
        return cloud_region(text) if whole else None
    text = text.lower().replace(" ", "") if provider == "azure" else text
    pattern = patterns[provider]
    found = pattern.fullmatch(text) if whole else pattern.search(text)
    if found is None:
        return None
    name = next((group for group in found.groups() if group), found[0])
    known = cloud_region(name)
    return known if known and known.startswith(f"{provider}:") else None
