"""Where this process runs, judged from evidence; no evidence is better than wrong evidence."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from greenlint.carbon.zones import covers, is_region

DECLARATION = "GREENLINT_REGION"


class Strength(StrEnum):
    """How far a piece of evidence may be believed, from strong to weak."""

    DECLARED = "declared"
    """The policy or the environment says so on purpose."""
    PLATFORM = "platform"
    """The platform that runs this process says so, in a way that its user does not set."""
    METADATA = "metadata"
    """The metadata service of the cloud said so when asked."""
    WEAK = "weak"
    """It names a region, but not the one where this runs: shown, never believed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen; `region` is None where it names none that can be used."""

    source: str
    strength: Strength
    region: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What was decided and why, with every piece of evidence, the strongest first.

    `region` is None when it is unknown. `contradiction` says which evidence speaks against a
    region that was declared.
    """

    region: str | None
    strength: Strength | None
    reason: str
    evidence: tuple[Evidence, ...] = ()
    contradiction: str = ""


def detect(
    declared: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    root: Path = Path("/"),
    metadata: "Callable[[Mapping[str, str]], tuple[Evidence, ...]] | None" = None,
) -> Detection:
    """Where this process runs: declared, else told by the platform, else by `metadata`.

    `declared` is what the policy says. `root` is where files of the platform are looked for.
    `metadata` asks the clouds' metadata services; without it nothing touches the network.
    """
    from greenlint.carbon.platforms import platform_evidence, weak_evidence

    evidence = [
        *_declared(declared, environ),
        *platform_evidence(environ, root),
        *(metadata(environ) if metadata else ()),
    ]
    evidence += weak_evidence(environ, {seen.region for seen in evidence})
    return judge(tuple(evidence))


def judge(evidence: tuple[Evidence, ...]) -> Detection:
    """What to make of evidence that is in order of strength."""
    for strength in (Strength.DECLARED, Strength.PLATFORM, Strength.METADATA):
        usable = [seen for seen in evidence if seen.strength is strength and seen.region]
        if not usable:
            continue
        regions = dict.fromkeys(seen.region for seen in usable)
        if len(regions) > 1 and strength is not Strength.DECLARED:
            named = " and ".join(f"{seen.source} says {seen.region}" for seen in usable)
            return Detection(None, None, f"the evidence contradicts itself: {named}", evidence)
        first = usable[0]
        contradiction = _contradiction(first, evidence)
        return Detection(first.region, strength, first.detail, evidence, contradiction)
    reason = "nothing that can be believed says where this runs"
    return Detection(None, None, reason, evidence)


def _declared(policy: str | None, environ: Mapping[str, str]) -> Iterator[Evidence]:
    if policy:
        yield Evidence("policy", Strength.DECLARED, policy, "regions.declared in the policy")
    value = environ.get(DECLARATION, "")
    if value and is_region(value):
        yield Evidence(DECLARATION, Strength.DECLARED, value, f"{DECLARATION}={value}")
    elif value:
        detail = f"{value!r} is no region; write one such as aws:eu-north-1 or zone:FR"
        yield Evidence(DECLARATION, Strength.DECLARED, None, detail)


def _contradiction(believed: Evidence, evidence: tuple[Evidence, ...]) -> str:
    """The strongest evidence of another kind that places this elsewhere; weak evidence never."""
    for seen in evidence:
        if seen.region is None or seen.strength in {believed.strength, Strength.WEAK}:
            continue
        if believed.region and covers(believed.region, seen.region) is False:
            return f"{seen.source} says {seen.region}"
    return ""
