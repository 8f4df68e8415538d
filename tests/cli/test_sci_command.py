"""`greenlint sci`, as a process, over a real ledger."""

import json

import pytest
from inline_snapshot import snapshot
from process import Cli

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Usage
from greenlint.policy.limits import Ledger

POLICY = """\
version: 1
regions: {declared: zone:FR}
sci:
  answer:
    limit: 0.4 gCO2e
    per: request
    window: 1h
    min_units: 10
    embodied: {total: 1500 kgCO2e, lifetime: 4y, share: 1/8}
    on_exceed: deny
"""


@pytest.fixture(autouse=True)
def policy(tmp_path) -> None:
    (tmp_path / "greenlint.yaml").write_text(POLICY, "utf-8")


def spend(tmp_path, *parts: Usage) -> None:
    """What processes under the policy would have written down within the last minute."""
    ledger = open_ledger(Ledger(), tmp_path)
    ledger.add_usage("answer", *parts)
    ledger.close()


def test_the_score_and_all_that_it_is_made_of(cli: Cli, tmp_path) -> None:
    # 0.9 MJ is 0.25 kWh; at 56.039 g/kWh 14.01 g; with 2 g embodied 16.01 g over 100 requests.
    energy = Usage(900_000 * 10**6, 14_009_750, units=100, provenance="measured")
    spend(tmp_path, energy, Usage(embodied=2_000_000))
    ended = cli("sci")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
answer
  SCI       0.1601 gCO2e per request, limit 0.4
  window    the last 3600 s
  E         0.25 kWh, measured
  I         56.04 gCO2e/kWh over the window; now 56.04, average of zone:FR (Our
            World in Data, Ember, 2023), modelled
  O         14.01 gCO2e
  M         2 gCO2e, declared: 0.125 of 1500 kgCO2e over 4 years (policy)
  R         100 request
  decision  allow: 0.1601 gCO2e per request, the limit is 0.4
  boundary  the processes that report under this name: the energy of their share
            of processor, memory and accelerators times the declared PUE, and
            the embodied carbon of the hardware reserved for them; networks,
            storage and the services that they call are outside
""")


def test_energy_of_several_provenances_and_what_nobody_measured(cli: Cli, tmp_path) -> None:
    """Each with its part, the strongest first; what is unmeasured is in no other figure."""
    kwh = 3_600_000 * 10**6
    spend(
        tmp_path,
        Usage(kwh, 10**6, units=10),
        Usage(2 * kwh, 10**6, units=10, provenance="declared"),
        Usage(units=3, provenance="unavailable"),
        Usage(5 * kwh, 10**6, units=10, provenance="measured"),
    )
    shown = cli("sci").out
    assert "E         8 kWh: 5 measured, 2 declared, 1 unrecorded\n" in shown
    assert "R         30 request; 3 more, unmeasured, are left out\n" in shown
    (found,) = json.loads(cli("sci", "--format", "json").out)["sci"]
    assert found["energy"] == {
        "kwh": 8,
        "kwh_by_provenance": {"measured": 5, "declared": 2, "unrecorded": 1},
    }
    assert (found["units"], found["unmeasured_units"]) == (30, 3)


def test_a_target_that_is_broken_fails(cli: Cli, tmp_path) -> None:
    spend(tmp_path, Usage(energy=0, operational=10**8, embodied=0, units=100))
    ended = cli("sci", "answer", "--format", "json")
    assert ended.code == 1
    (found,) = json.loads(ended.out)["sci"]
    assert found["score"] == 1.0
    assert found["decision"]["outcome"] == "deny"
    assert found["embodied"]["provenance"] == "declared"
    assert found["intensity"]["table"] == "Our World in Data, Ember"


def test_nothing_done_has_no_score(cli: Cli) -> None:
    ended = cli("sci", "--format", "json")
    assert ended.code == 0
    (found,) = json.loads(ended.out)["sci"]
    assert found["score"] is None
    assert found["intensity"]["grams_per_kwh"] is None
    assert "SCI       undefined" in cli("sci").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("answr",), "The policy has no SCI target `answr`; did you mean `answer`?"),
        (("--isolated",), "The policy sets no SCI target."),
    ],
)
def test_mistakes_say_how_to_mend_them(cli: Cli, arguments, message) -> None:
    ended = cli("sci", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
