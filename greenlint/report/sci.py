"""Renders a software carbon intensity with all that it is made of, and how sure each part is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from greenlint.carbon.intensity import Intensity
from greenlint.carbon.sci import JOULES_PER_KWH, UNDEFINED, Emissions, score
from greenlint.policy.decision import Decision, Outcome
from greenlint.policy.sci_limit import SciLimit
from greenlint.provenance import Provenance
from greenlint.report.palette import BOLD, DIM, GREEN, Style
from greenlint.report.screen import visible, wrapped
from greenlint.units import GramsPerKwh, Joules

BOUNDARY = (
    "the processes that report under this name: the energy of their share of processor, memory "
    "and accelerators times the declared PUE, and the embodied carbon of the hardware reserved "
    "for them; networks, storage and the services that they call are outside"
)
_LABEL = 12
_UNRECORDED = "unrecorded"
_OUTCOMES = {Outcome.ALLOW: GREEN, Outcome.WARN: "1;33", Outcome.DENY: "1;31"}


@dataclass(frozen=True, slots=True)
class SciReport:
    """What one name did in its window; `intensity` is the one in force now, None if unknown.

    `energies` is E by its provenance, "" where an older ledger did not say. `unmeasured` counts
    the units whose energy or carbon nobody could tell, which are in no other figure.
    """

    limit: SciLimit
    energies: Mapping[str, Joules]
    emissions: Emissions
    unmeasured: int
    intensity: Intensity | None
    decision: Decision

    @property
    def energy(self) -> Joules:
        """E, whatever its provenance."""
        return Joules(sum(self.energies.values()))

    @property
    def effective_intensity(self) -> GramsPerKwh | None:
        """O / E over the window: the mean of the intensities that held, weighed by energy."""
        if not self.energy:
            return None
        return GramsPerKwh(self.emissions.operational / self.energy * JOULES_PER_KWH)


def sci_text(report: SciReport, style: Style) -> Iterator[str]:
    """The report for people."""
    limit, emissions = report.limit, report.emissions
    value = score([emissions])
    shown = "undefined" if value is UNDEFINED else f"{value:.4g} gCO2e per {limit.per}"
    yield style.paint(BOLD, visible(limit.name))
    yield from _field("SCI", f"{shown}, limit {limit.limit:.4g}", style)
    yield from _field("window", f"the last {limit.window:g} s", style)
    yield from _field("E", _energy(report), style)
    yield from _field("I", _intensity(report), style)
    yield from _field("O", f"{emissions.operational:.4g} gCO2e", style)
    yield from _field("M", f"{emissions.embodied:.4g} gCO2e, {_hardware(limit)}", style)
    yield from _field("R", f"{emissions.units} {limit.per}{_left_out(report)}", style)
    outcome = report.decision.outcome
    yield from _field("decision", f"{outcome.value}: {report.decision.reason}", style, outcome)
    for number, line in enumerate(_lines(BOUNDARY, style)):
        label = f"  {'boundary' if number == 0 else '':{_LABEL - 2}}"
        yield style.paint(DIM, label + line)


def sci_json(reports: list[SciReport]) -> Iterator[str]:
    """All reports for machines, version 1."""
    content = {"version": 1, "sci": [_described(report) for report in reports]}
    yield from json.dumps(content, indent=2, ensure_ascii=False).splitlines()


def _described(report: SciReport) -> dict[str, Any]:
    limit, emissions, intensity = report.limit, report.emissions, report.intensity
    value = score([emissions])
    return {
        "name": limit.name,
        "score": None if value is UNDEFINED else value,
        "unit": f"gCO2e per {limit.per}",
        "limit": limit.limit,
        "window_seconds": limit.window,
        "energy": {
            "kwh": report.energy / JOULES_PER_KWH,
            "kwh_by_provenance": {
                provenance or _UNRECORDED: energy / JOULES_PER_KWH
                for provenance, energy in _strongest_first(report)
            },
        },
        "intensity": {
            "grams_per_kwh": report.effective_intensity,
            "basis": intensity.basis if intensity else None,
            "zone": intensity.zone if intensity else None,
            "table": intensity.table if intensity else None,
            "year": intensity.year if intensity else None,
            "provenance": intensity.provenance if intensity else "unavailable",
        },
        "operational_grams": emissions.operational,
        "embodied": {
            "grams": emissions.embodied,
            "total_grams": limit.hardware.total,
            "lifetime_seconds": limit.hardware.lifetime,
            "share": limit.share,
            "source": limit.hardware.source,
            "provenance": limit.hardware.provenance,
        },
        "units": emissions.units,
        "unmeasured_units": report.unmeasured,
        "min_units": limit.min_units,
        "boundary": BOUNDARY,
        "decision": {"outcome": report.decision.outcome, "reason": report.decision.reason},
    }


def _energy(report: SciReport) -> str:
    """E in kWh, with its provenance; by provenance where it has several."""
    total = f"{report.energy / JOULES_PER_KWH:.4g} kWh"
    parts = _strongest_first(report)
    if len(parts) == 1:
        return f"{total}, {parts[0][0] or _UNRECORDED}"
    shown = (f"{energy / JOULES_PER_KWH:.4g} {name or _UNRECORDED}" for name, energy in parts)
    return f"{total}: {', '.join(shown)}" if parts else total


def _strongest_first(report: SciReport) -> list[tuple[str, Joules]]:
    order = [*Provenance, ""]
    return sorted(report.energies.items(), key=lambda part: order.index(part[0]))


def _left_out(report: SciReport) -> str:
    return f"; {report.unmeasured} more, unmeasured, are left out" if report.unmeasured else ""


def _intensity(report: SciReport) -> str:
    effective, now = report.effective_intensity, report.intensity
    value = "undefined" if effective is None else f"{effective:.4g} gCO2e/kWh"
    if now is None:
        return f"{value} over the window; unknown now"
    year = f", {now.year}" if now.year else ""
    figure = f"{now.grams_per_kwh:.4g}, {now.basis} of {now.zone} ({now.table}{year})"
    return f"{value} over the window; now {figure}, {now.provenance}"


def _hardware(limit: SciLimit) -> str:
    hardware = limit.hardware
    years = hardware.lifetime / 31_536_000
    return (
        f"{hardware.provenance}: {limit.share:.4g} of {hardware.total / 1000:.4g} kgCO2e "
        f"over {years:.3g} years ({hardware.source})"
    )


def _field(label: str, text: str, style: Style, outcome: Outcome | None = None) -> Iterator[str]:
    for number, line in enumerate(_lines(text, style)):
        shown = line
        if outcome and number == 0:
            shown = line.replace(outcome.value, style.paint(_OUTCOMES[outcome], outcome.value), 1)
        yield f"  {label if number == 0 else '':{_LABEL - 2}}{shown}"


def _lines(text: str, style: Style) -> Iterator[str]:
    return wrapped(visible(text), style.width - _LABEL)
