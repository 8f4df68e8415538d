"""Sources of carbon intensity besides the bundled tables: live services, and a CSV file."""

import base64
import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from greenlint.carbon.http_json import ServiceError, get_json
from greenlint.carbon.intensity import Basis, Intensity
from greenlint.carbon.zones import ZONE, zone_of
from greenlint.provenance import Provenance
from greenlint.units import GramsPerKwh, Seconds

TIMEOUT = Seconds(5.0)
_GRAMS_PER_POUND = 453.59237
_KWH_PER_MWH = 1000


class IntensitySource(Protocol):
    """Says what the intensity of a region is now.

    `basis` is that of all its figures. `fetch` raises ServiceError when it has none.
    """

    @property
    def name(self) -> str:
        """How reports call the source."""
        ...

    @property
    def basis(self) -> Basis:
        """What its figures are of."""
        ...

    def fetch(self, region: str) -> Intensity:
        """The figure for a region; may take seconds."""
        ...


@dataclass(frozen=True, slots=True)
class ElectricityMaps:
    """https://docs.electricitymaps.com: averages by zone, or by the region of a cloud."""

    token: str = field(repr=False)
    url: str = "https://api.electricitymaps.com/v3"
    zones: Mapping[str, str] = field(default_factory=dict)
    name: str = "Electricity Maps"
    basis: Basis = Basis.AVERAGE

    def fetch(self, region: str) -> Intensity:
        """The latest figure."""
        answer = get_json(
            f"{self.url}/carbon-intensity/latest",
            self._query(region),
            headers={"auth-token": self.token},
            timeout=TIMEOUT,
        )
        match answer:
            case {"carbonIntensity": int() | float() as grams, "datetime": str(time), "zone": zone}:
                return _live(self, grams, f"{ZONE}{zone}", time)
            case _:
                raise ServiceError(f"{self.name} has no figure for {region}")

    def _query(self, region: str) -> Mapping[str, str]:
        if region in self.zones:
            return {"zone": self.zones[region]}
        cloud, _, name = region.partition(":")
        if f"{cloud}:" == ZONE:
            return {"zone": name}
        return {"dataCenterProvider": cloud, "dataCenterRegion": name}


@dataclass(frozen=True, slots=True)
class WattTime:
    """https://docs.watttime.org: marginal figures by WattTime's own regions, named in `zones`.

    `account` is `user:password`; each fetch logs in, because tokens last half an hour.
    """

    account: str = field(repr=False)
    url: str = "https://api.watttime.org"
    zones: Mapping[str, str] = field(default_factory=dict)
    name: str = "WattTime"
    basis: Basis = Basis.MARGINAL

    def fetch(self, region: str) -> Intensity:
        """The figure for now, in grams though the service counts in pounds per MWh."""
        zone = self.zones.get(region)
        if zone is None:
            raise ServiceError(f"`zones` does not say what {self.name} calls {region}")
        answer = get_json(
            f"{self.url}/v3/forecast",
            {"region": zone, "signal_type": "co2_moer", "horizon_hours": "0"},
            headers={"Authorization": f"Bearer {self._token()}"},
            timeout=TIMEOUT,
        )
        match answer:
            case {
                "data": [{"value": int() | float() as pounds, "point_time": str(time)}, *_],
                "meta": {"units": "lbs_co2_per_mwh"},
            }:
                grams = pounds * _GRAMS_PER_POUND / _KWH_PER_MWH
                return _live(self, grams, zone, time)
            case _:
                raise ServiceError(f"{self.name} has no figure for {zone}")

    def _token(self) -> str:
        secret = base64.b64encode(self.account.encode()).decode()
        headers = {"Authorization": f"Basic {secret}"}
        match get_json(f"{self.url}/login", headers=headers, timeout=TIMEOUT):
            case {"token": str(token)}:
                return token
            case _:
                raise ServiceError(f"{self.name} gave no token")


@dataclass(frozen=True, slots=True)
class CarbonAwareSdk:
    """A Carbon Aware SDK web API (https://github.com/Green-Software-Foundation/carbon-aware-sdk).

    What its figures are of depends on what stands behind it, so the policy says.
    """

    url: str
    zones: Mapping[str, str] = field(default_factory=dict)
    basis: Basis = Basis.AVERAGE
    name: str = "Carbon Aware SDK"

    def fetch(self, region: str) -> Intensity:
        """The latest figure that is not of the future."""
        location = self.zones.get(region, region.partition(":")[2])
        url = f"{self.url.rstrip('/')}/emissions/bylocation"
        answer = get_json(url, {"location": location}, timeout=TIMEOUT)
        now = dt.datetime.now(dt.UTC).timestamp()
        figures = []
        for entry in answer if isinstance(answer, list) else []:
            match entry:
                case {"rating": int() | float() as grams, "time": str(time)}:
                    figures.append(_live(self, grams, location, time))
                case _:
                    continue
        past = [figure for figure in figures if figure.at is not None and figure.at <= now]
        if not past:
            raise ServiceError(f"{self.name} has no figure for {location}")
        return max(past, key=lambda figure: figure.at or 0.0)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file with the columns `region`, `grams_per_kwh` and, if figures change, `at` (ISO 8601).

    A region is written as in the policy; a row for its zone serves where there is none of its own.
    """

    path: Path
    basis: Basis = Basis.AVERAGE
    name: str = "CSV file"

    def fetch(self, region: str) -> Intensity:
        """The latest figure that is not of the future."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, ValueError, csv.Error) as error:
            raise ServiceError(f"{self.path.name} cannot be read: {error}") from None
        for wanted in (region, zone_of(region)):
            figures = [self._figure(row) for row in rows if wanted and row.get("region") == wanted]
            now = dt.datetime.now(dt.UTC).timestamp()
            past = [figure for figure in figures if figure.at is None or figure.at <= now]
            if past:
                return max(past, key=lambda figure: figure.at or 0.0)
        raise ServiceError(f"{self.path.name} has no row for {region}")

    def _figure(self, row: Mapping[str, str]) -> Intensity:
        try:
            return Intensity(
                grams_per_kwh=_plausible(float(row["grams_per_kwh"])),
                zone=row["region"],
                table=f"{self.name} {self.path.name}",
                basis=self.basis,
                provenance=Provenance.DECLARED,
                at=_time(row["at"]) if row.get("at") else None,
            )
        except (KeyError, TypeError, ValueError):
            raise ServiceError(f"{self.path.name} has a row that is none: {row}") from None


def _live(source: IntensitySource, grams: float, zone: str, time: str) -> Intensity:
    try:
        return Intensity(
            grams_per_kwh=_plausible(grams),
            zone=zone,
            table=source.name,
            basis=source.basis,
            at=_time(time),
        )
    except ValueError:
        raise ServiceError(f"{source.name} answered with something that is no figure") from None


def _plausible(grams: float) -> GramsPerKwh:
    """Refuse what no grid has: negative figures, and those of another unit."""
    if not 0 <= grams <= 5_000:
        raise ValueError(grams)
    return GramsPerKwh(grams)


def _time(text: str) -> float:
    found = dt.datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
