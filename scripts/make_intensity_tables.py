"""Make the carbon-intensity tables of greenlint/carbon/data from the codecarbon package.

    pip install --no-deps codecarbon==3.3.2 pycountry
    python scripts/make_intensity_tables.py

The files read, who made them, and what they allow:

data/private_infra/global_energy_mix.json
    The latest yearly figure of each country, from Our World in Data
    (https://ourworldindata.org/grapher/carbon-intensity-electricity, CC BY 4.0), which adapts
    Ember's Yearly Electricity Data (CC BY 4.0) and the Energy Institute's review.
data/private_infra/2023/usa_emissions.json
    EPA eGRID2023, output emission rates of the states (https://www.epa.gov/egrid); a work of the
    United States government, in the public domain.
data/cloud/impact.csv
    Google Cloud's regions (https://github.com/GoogleCloudPlatform/region-carbon-info, Apache-2.0);
    its values equal that repository's data/yearly/2023.csv, compared at commit 49f3f26.

codecarbon itself is under the MIT license.
"""

import csv
import datetime as dt
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

OUT = Path(__file__).parent.parent / "greenlint" / "carbon" / "data"
GRAMS_PER_POUND = Decimal("453.59237")
KWH_PER_MWH = 1000
# A letter is out of place in codecarbon 3.3.2; Google's own name is me-central1.
MISSPELT = {"me-cenrtal1": "me-central1"}

Row = tuple[str, str, int]


def main() -> None:
    """Write the three tables."""
    spec = importlib.util.find_spec("codecarbon")
    if spec is None or spec.origin is None:
        sys.exit("Install codecarbon first: pip install --no-deps codecarbon pycountry")
    data = Path(spec.origin).parent / "data"
    package = f"codecarbon {importlib.metadata.version('codecarbon')} (MIT)"
    _write(
        "countries.csv",
        {
            "table": "Our World in Data, Ember",
            "source": "https://ourworldindata.org/grapher/carbon-intensity-electricity",
            "through": f"{package}, data/private_infra/global_energy_mix.json",
            "licence": "CC BY 4.0",
            "unit": "gCO2e/kWh generated, life cycle, average over a year",
            "year": "by row, the latest that there was",
        },
        _countries(data / "private_infra" / "global_energy_mix.json"),
    )
    _write(
        "united_states.csv",
        {
            "table": "EPA eGRID2023",
            "source": "https://www.epa.gov/egrid/download-data",
            "through": f"{package}, data/private_infra/2023/usa_emissions.json",
            "licence": "public domain (United States government)",
            "unit": "gCO2e/kWh generated in the state, direct, average over a year",
            "year": "2023",
        },
        _states(data / "private_infra" / "2023" / "usa_emissions.json"),
    )
    _write(
        "google_cloud.csv",
        {
            "table": "Google Cloud region-carbon-info 2023",
            "source": "https://github.com/GoogleCloudPlatform/region-carbon-info",
            "through": f"{package}, data/cloud/impact.csv",
            "licence": "Apache-2.0",
            "unit": "gCO2e/kWh of the local grid, direct, average over a year",
            "year": "2023",
        },
        _google(data / "cloud" / "impact.csv"),
    )


def _countries(path: Path) -> Iterator[Row]:
    import pycountry

    for code, mix in json.loads(path.read_text(encoding="utf-8")).items():
        country = pycountry.countries.get(alpha_3=code)
        if country is None:
            sys.stderr.write(f"left out: {code} ({mix['country_name']}) is no country code\n")
        elif not mix.get("carbon_intensity"):
            sys.stderr.write(f"left out: {code} has no figure\n")
        else:
            yield f"zone:{country.alpha_2}", str(mix["carbon_intensity"]), int(mix["year"])


def _states(path: Path) -> Iterator[Row]:
    content = json.loads(path.read_text(encoding="utf-8"))
    year = int(content["_source"]["year"])
    if content["_unit"]["emissions"] != "lbs/MWh":
        sys.exit(f"{path} is in another unit than pounds per MWh")
    for name, state in content.items():
        # The whole country is in the file too, but the other table has a figure for it.
        if not name.startswith("_") and len(state["regionCode"]) == len("VA"):
            pounds = Decimal(str(state["emissions"]))
            grams = (pounds * GRAMS_PER_POUND / KWH_PER_MWH).quantize(Decimal("0.001"))
            yield f"zone:US-{state['regionCode']}", str(grams), year


def _google(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["provider"] == "gcp":
                region = MISSPELT.get(row["region"], row["region"])
                yield f"gcp:{region}", row["impact"], 2023


def _write(name: str, header: Mapping[str, str], rows: Iterable[Row]) -> None:
    made = f"{dt.datetime.now(dt.UTC):%Y-%m-%d} by scripts/make_intensity_tables.py"
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {key}: {value}\n" for key, value in {**header, "made": made}.items())
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("region", "grams_per_kwh", "year"))
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
