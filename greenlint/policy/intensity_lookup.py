"""The source of carbon intensity that a policy names, ready to be asked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.carbon.intensity import Basis, Intensity, intensity_of
from greenlint.carbon.intensity_feed import IntensityFeed, Lookup
from greenlint.carbon.intensity_sources import (
    CarbonAwareSdk,
    CsvFile,
    ElectricityMaps,
    IntensitySource,
    WattTime,
)
from greenlint.errors import PolicyError

if TYPE_CHECKING:
    from greenlint.policy import limits


def intensity_lookup(
    source: "limits.IntensitySource | None",
    directory: Path,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Lookup:
    """What gives the intensity of a region: the bundled tables, or a feed of a live source.

    `directory` is that of the policy. PolicyError when the variable with the token is not set.
    """
    if source is None or source.source == "bundled":
        return intensity_of
    return IntensityFeed(
        _source(source, directory, environ),
        refresh_after=source.refresh_after,
        stale_after=source.stale_after,
        fallback=intensity_of if source.fallback == "bundled" else _nothing,
    )


def _source(
    source: "limits.IntensitySource", directory: Path, environ: Mapping[str, str]
) -> IntensitySource:
    basis = Basis(source.basis or Basis.AVERAGE)
    match source.source:
        case "electricity-maps":
            token = _token(source, environ)
            default = ElectricityMaps(token, zones=source.zones)
            return ElectricityMaps(token, source.url or default.url, source.zones)
        case "watttime":
            account = _token(source, environ)
            standard = WattTime(account, zones=source.zones)
            return WattTime(account, source.url or standard.url, source.zones)
        case "carbon-aware-sdk":
            return CarbonAwareSdk(source.url or "", source.zones, basis)
        case _:
            return CsvFile(directory / (source.file or ""), basis)


def _token(source: "limits.IntensitySource", environ: Mapping[str, str]) -> str:
    name = source.token_env or ""
    if token := environ.get(name):
        return token
    raise PolicyError(
        f"`regions.intensity` looks for the token of {source.source} in {name}, which is not set.",
        hint=f"Set {name}, or write `source: bundled`.",
    )


def _nothing(_: str) -> Intensity | None:
    """No fallback: what is unknown stays unknown."""
    return None
