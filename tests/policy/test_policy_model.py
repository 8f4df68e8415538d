"""Every section of a policy: what is valid, and what a mistake is told as."""

from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import problems_of

from greenlint.policy.loading import load_policy

Write = Callable[[str, str], Path]


def test_the_worked_example_is_valid() -> None:
    policy = load_policy(Path(__file__).parent / "example.yaml").policy
    assert policy.budgets["train-classifier"].energy == 9_000_000
    assert policy.budgets["train-classifier"].warn_at == (0.5, 0.8)
    assert policy.budgets["assistant-daily"].tokens == 20_000_000
    assert policy.regions.max_intensity == 150
    assert policy.regions.intensity.stale_after == 7200
    assert policy.sci["answer-question"].embodied.share == 0.125
    assert policy.meter.declared.cpu == 65
    assert [alert.to for alert in policy.alerts] == ["log", "webhook"]


def test_a_policy_needs_no_more_than_its_version(write: Write) -> None:
    policy = load_policy(write("greenlint.yaml", "version: 1\n")).policy
    assert policy.mode == "enforce"
    assert policy.lint.select is None
    assert policy.meter.interval == 1
    assert policy.regions.intensity.refresh_after == 900


def test_a_policy_never_changes(write: Write) -> None:
    policy = load_policy(write("greenlint.yaml", "version: 1\n")).policy
    with pytest.raises(ValueError, match="frozen"):
        policy.mode = "warn"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lnt: {}", "1: unknown key `lnt` (did you mean `lint`?)"),
        ("mode: enforced", "7: `mode` must be observe, warn or enforce, not 'enforced' (did you"),
        ("lint: {selct: [x]}", "8: unknown key `lint.selct` (did you mean `select`?)"),
        ("lint: {select: training}", "16: `lint.select` must be a list, not 'training'"),
        ("lint: {show: {severity: hgh}}", "25: `lint.show.severity` must be low, medium or high"),
        ("lint:", "6: `lint` must be a mapping, not empty"),
        ("lint: {exclude: ['!']}", "18: `lint.exclude[0]` is not a pattern: '!' (patterns are"),
        ("lint: {exclude: ['[z-a]']}", "18: `lint.exclude[0]` is not a pattern: '[z-a]'"),
        ("lint: {exclude: ['# x']}", "18: `lint.exclude[0]` matches nothing: '# x'"),
        ("lint: {per_path: {'!x': {}}}", "19: `lint.per_path.!x` must not begin with `!`"),
        (
            "lint: {rules: {a-rule: {limit: [1]}}}",
            "32: `lint.rules.a-rule.limit` must be a number, text, true or false, not a list",
        ),
        ("lint: {suppressions: {require_reason: yes}}", "39: `lint.suppressions.require_reason`"),
        ("practices: {require: [mixed-precison]}", "23: `practices.require[0]` must be accel"),
        ("regions: {allow: [mars]}", "19: `regions.allow[0]` must be a region such as"),
        ("regions: {declared: zone:fr}", "21: `regions.declared` must be a region such as"),
        ("regions: {on_unknown: assume}", "23: `regions.on_unknown` must be deny, warn or"),
        (
            "regions: {max_intensity: 150 g/kWh}",
            (
                "26: `regions.max_intensity` has the unknown unit 'g/kWh'"
                " (units: gCO2e/kWh, kgCO2e/kWh, kgCO2e/MWh)"
            ),
        ),
        (
            "regions: {intensity: {source: csv}}",
            "22: `regions.intensity` with `source: csv` needs a `file`",
        ),
        (
            "regions: {intensity: {source: watttime}}",
            "22: `regions.intensity` with `source: watttime` needs a `token_env`",
        ),
        (
            "regions: {intensity: {source: watttime, token_env: A}}",
            "22: `regions.intensity` must not mix marginal figures with bundled averages",
        ),
        (
            "regions: {intensity: {basis: marginal}}",
            "22: `regions.intensity` has figures that are average with `source: bundled`",
        ),
        (
            "regions: {intensity: {source: carbon-aware-sdk}}",
            "22: `regions.intensity` with `source: carbon-aware-sdk` needs a `url`",
        ),
        (
            "regions: {intensity: {url: 'ftp://x'}}",
            (
                "28: `regions.intensity.url` must be a URL such as `https://example.org/hook`, not"
                " 'ftp://x' (begins: https, http)"
            ),
        ),
        (
            "regions: {intensity: {url: 'https:///x'}}",
            "28: `regions.intensity.url` names no host: 'https:///x'",
        ),
        (
            "regions: {intensity: {url: 'https://[x'}}",
            "28: `regions.intensity.url` is not a URL: Invalid IPv6 URL",
        ),
        (
            "regions: {intensity: {token_env: a-b}}",
            "34: `regions.intensity.token_env` must be the name of an environment variable, not",
        ),
        ("budgets: 5", "10: `budgets` must be a mapping, not 5"),
        ("budgets: {a: {per: run}}", "14: `budgets.a` sets no limit (write energy, carbon, tok"),
        ("budgets: {a: {energy: 1 J}}", "14: key `budgets.a.per` is missing"),
        (
            "budgets: {a: {energy: 5, per: day}}",
            "23: `budgets.a.energy` needs a unit, not 5 alone (units: J, kJ, MJ, Wh, kWh, MWh)",
        ),
        (
            "budgets: {a: {energy: 5 J, per: dya}}",
            (
                "33: `budgets.a.per` must be call, run, hour, day or month, not 'dya' (did you mean"
                " `day`?)"
            ),
        ),
        (
            "budgets: {a: {energy: 5 J, per: run, timezone: UTC}}",
            "14: `budgets.a` sets a timezone, which means nothing per run",
        ),
        (
            "budgets: {a: {energy: 5 J, per: day, timezone: Europe/Pari}}",
            (
                "48: `budgets.a.timezone` must be a time zone such as `Europe/Paris`, not"
                " 'Europe/Pari' (did you mean `Europe/Paris`?)"
            ),
        ),
        (
            "budgets: {a: {tokens: 1, per: day, warn_at: [50]}}",
            "46: `budgets.a.warn_at[0]` must be a percentage such as `80%`, not 50",
        ),
        ("sci: {a: {limit: 1 gCO2e, per: request}}", "10: key `sci.a.embodied` is missing"),
        (
            "sci: {a: {limit: 1 gCO2e, per: request, embodied: {total: 1 kgCO2e}}}",
            "51: `sci.a.embodied` needs `total` and `lifetime`, or a `profile`",
        ),
        (
            "sci: {a: {limit: 1 gCO2e, per: x, embodied: {profile: laptop}}}",
            "45: `sci.a.embodied` names the unknown profile 'laptop' (profiles: aws-c5, aws-m5,",
        ),
        (
            "sci: {a: {limit: 1 gCO2e, per: x, embodied: {profile: p, lifetime: 4y}}}",
            "45: `sci.a.embodied` has a `profile` and numbers of its own (keep one of the two)",
        ),
        ("meter: {pue: 0.5}", "14: `meter.pue` must be greater than or equal to 1, not 0.5"),
        ("meter: {sources: nvml}", "18: `meter.sources` must be auto or a list, not 'nvml'"),
        (
            "meter: {sources: [nvml, rappl]}",
            (
                "25: `meter.sources[1]` must be nvml, rapl, declared or codecarbon, not"
                " 'rappl' (did you mean `rapl`?)"
            ),
        ),
        (
            "ledger: {url: 'mysql://x/y'}",
            (
                "15: `ledger.url` must be a URL such as `sqlite:///.greenlint/ledger.db`, not"
                " 'mysql://x/y' (begins: sqlite, postgresql, postgresql+psycopg)"
            ),
        ),
        (
            "ledger: {url: 'postgresql://me:secret@db/x'}",
            "15: `ledger.url` holds a password (name a variable with `url_env` instead)",
        ),
        (
            "ledger: {url: 'sqlite:///x', url_env: X}",
            "9: `ledger` has both `url` and `url_env` (keep one of the two)",
        ),
        ("alerts: [{to: webhook}]", "10: `alerts[0]` needs either `url` or `url_env`"),
        (
            "alerts: [{to: command, command: []}]",
            "33: `alerts[0].command` names no program",
        ),
        ("alerts: [{to: slak}]", "15: `alerts[0].to` must be log, webhook or command, not 'slak'"),
    ],
)
def test_a_mistake_has_its_place_and_its_cure(write: Write, text: str, problem: str) -> None:
    path = write("greenlint.yaml", f"version: 1\n{text}\n")
    (found,) = problems_of(path)
    assert found.startswith(f"greenlint.yaml:2:{problem}")


def test_every_problem_is_told_at_once(write: Write) -> None:
    path = write(
        "greenlint.yaml",
        """\
        version: 2
        lint:
          fail_on: {severty: low}
        budgets:
          train: {energy: 3 apples, per: run}
        """,
    )
    assert problems_of(path) == [
        "greenlint.yaml:1:10: `version` must be 1, not 2",
        "greenlint.yaml:3:13: unknown key `lint.fail_on.severty` (did you mean `severity`?)",
        (
            "greenlint.yaml:5:19: `budgets.train.energy` has the unknown unit 'apples'"
            " (units: J, kJ, MJ, Wh, kWh, MWh)"
        ),
    ]


def test_a_policy_without_a_version_says_so(write: Write) -> None:
    assert problems_of(write("greenlint.yaml", "mode: warn")) == [
        "greenlint.yaml:1:1: key `version` is missing"
    ]


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql+psycopg://db.example.org/x"])
def test_a_ledger_lies_in_sqlite_or_postgresql(write: Write, url: str) -> None:
    policy = load_policy(write("greenlint.yaml", f"version: 1\nledger: {{url: '{url}'}}")).policy
    assert policy.ledger.url == url


@pytest.mark.parametrize("word", ["deny", "warn", "assume:US-CAL-CISO"])
def test_what_follows_an_unknown_region(write: Write, word: str) -> None:
    text = f"version: 1\nregions: {{on_unknown: {word}}}"
    assert load_policy(write("greenlint.yaml", text)).policy.regions.on_unknown == word


def test_a_day_may_begin_anywhere_in_the_world(write: Write) -> None:
    text = "version: 1\nbudgets: {a: {tokens: 1k, per: day, timezone: Asia/Kathmandu}}"
    policy = load_policy(write("greenlint.yaml", text)).policy
    assert policy.budgets["a"].timezone == "Asia/Kathmandu"


def test_embodied_carbon_may_come_from_a_profile(write: Write) -> None:
    text = "version: 1\nsci: {a: {limit: 1 gCO2e, per: job, embodied: {profile: aws-m5}}}"
    assert load_policy(write("greenlint.yaml", text)).policy.sci["a"].embodied.profile == "aws-m5"
