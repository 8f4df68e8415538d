"""Renders where a process runs: what was decided, from what evidence, at which intensity."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenlint.carbon.intensity import Intensity
from greenlint.carbon.region import Detection, Evidence
from greenlint.carbon.zones import place_of, zone_of
from greenlint.policy.decision import Decision, Outcome
from greenlint.report.palette import BOLD, DIM, GREEN, Style
from greenlint.report.screen import visible, wrapped

_OUTCOMES = {
    Outcome.ALLOW: GREEN,
    Outcome.WARN: "1;33",
    Outcome.DENY: "1;31",
    Outcome.STOP: "1;31",
}
_LABEL = 12


@dataclass(frozen=True, slots=True)
class RegionReport:
    """All that is known of the place; `region` is the one in force, which may be assumed."""

    detection: Detection
    region: str | None
    intensity: Intensity | None
    decision: Decision
    policy: str | None


def region_text(report: RegionReport, style: Style) -> Iterator[str]:
    """The report for people."""
    detection, intensity = report.detection, report.intensity
    yield from _field("region", _place(report), style)
    yield from _field("because", detection.reason, style)
    if detection.contradiction:
        yield from _field("but", detection.contradiction, style)
    yield from _field("intensity", _intensity(intensity), style)
    if intensity:
        year = f", {intensity.year}" if intensity.year else ""
        yield from _field("table", f"{intensity.table}{year}", style)
        if intensity.note:
            yield from _field("note", intensity.note, style)
    yield from _field("policy", report.policy or "none", style)
    word = report.decision.outcome.value
    painted = style.paint(_OUTCOMES[report.decision.outcome], word)
    for number, line in enumerate(_lines(f"{word}: {report.decision.reason}", style)):
        label = f"{'decision' if number == 0 else '':{_LABEL}}"
        yield style.paint(BOLD, label) + (line.replace(word, painted, 1) if number == 0 else line)
    yield ""
    yield style.paint(BOLD, "evidence") + ("" if detection.evidence else "    none")
    for seen in detection.evidence:
        yield from _evidence(seen, style)


def region_json(report: RegionReport) -> Iterator[str]:
    """The report for machines, version 1."""
    detection, intensity, decision = report.detection, report.intensity, report.decision
    content: dict[str, Any] = {
        "version": 1,
        "region": report.region,
        "zone": zone_of(report.region) if report.region else None,
        "detected": detection.region,
        "strength": detection.strength,
        "reason": detection.reason,
        "contradiction": detection.contradiction or None,
        "intensity": None
        if intensity is None
        else {
            "grams_per_kwh": intensity.grams_per_kwh,
            "basis": intensity.basis,
            "zone": intensity.zone,
            "table": intensity.table,
            "year": intensity.year,
            "at": intensity.at,
            "provenance": intensity.provenance,
            "note": intensity.note or None,
        },
        "policy": report.policy,
        "decision": {"outcome": decision.outcome, "reason": decision.reason},
        "evidence": [
            {
                "source": seen.source,
                "strength": seen.strength,
                "region": seen.region,
                "detail": seen.detail,
            }
            for seen in detection.evidence
        ],
    }
    yield from json.dumps(content, indent=2, ensure_ascii=False).splitlines()


def _place(report: RegionReport) -> str:
    region = report.region
    if region is None:
        return "unknown"
    known = (place_of(region), zone_of(region))
    where = ", ".join(part for part in known if part and part != region)
    how = report.detection.strength or "assumed by the policy"
    return f"{region}{f' ({where})' if where else ''}, {how}"


def _intensity(intensity: Intensity | None) -> str:
    if intensity is None:
        return "unknown"
    return f"{intensity.grams_per_kwh:.0f} gCO2e/kWh in {intensity.zone} ({intensity.basis})"


def _field(label: str, text: str, style: Style) -> Iterator[str]:
    for number, line in enumerate(_lines(text, style)):
        yield style.paint(BOLD, f"{label if number == 0 else '':{_LABEL}}") + line


def _lines(text: str, style: Style) -> Iterator[str]:
    return wrapped(visible(text), style.width - _LABEL)


def _evidence(seen: Evidence, style: Style) -> Iterator[str]:
    region = f": {seen.region}" if seen.region else ""
    yield f"  {seen.strength:<{_LABEL - 2}}{visible(seen.source)}{visible(region)}"
    for line in _lines(seen.detail, style):
        yield " " * _LABEL + style.paint(DIM, line)
