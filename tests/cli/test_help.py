"""What the command says of itself."""

import pytest
from inline_snapshot import snapshot
from process import Cli

import greenlint
from greenlint.cli.app import COMMANDS


@pytest.mark.parametrize("asked", [(), ("--help",), ("-h",), ("help",)])
def test_the_overview(cli: Cli, asked: tuple[str, ...]) -> None:
    """The command alone is as helpful as --help."""
    ended = cli(*asked)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
One policy for AI code: find what wastes energy, carbon and money before it
runs, and hold it to its budgets while it runs.

Usage: greenlint COMMAND [OPTIONS]

Commands:
  check     Find waste of energy in code and deployment files.
  audit     Show which green-AI practices a project follows.
  run       Run a command and hold it to a budget of the policy.
  rules     List the rules: what they find and whether they are on.
  explain   Show a rule's page: why it wastes, what to do, when it is quiet.
  baseline  Write down today's findings, so that only new ones fail.
  init      Start a policy: writes greenlint.yaml.
  policy    Check a policy, or show what it comes to.
  budgets   Show what was spent, reserved and left of each budget.
  ledger    Show, verify, recover or export the record of what budgets spent.
  region    Show where this runs, and whether the policy allows it.
  sci       Show the software carbon intensity, and what it is made of.

Options:
  -h, --help     Show this, or with a command what that command takes.
  -V, --version  Show the version.
  --debug        Show the traceback of a crash (or set GREENLINT_DEBUG=1).

Examples:
  greenlint check                        the working directory
  greenlint check src train.ipynb        some files and directories
  greenlint check --diff-base main       only lines changed since a revision
  greenlint explain unbounded-generation
  greenlint run --budget train -- python train.py

Exit codes:
  0  nothing found that fails the run     3  no file to check
  1  findings that fail the run           4  a bug in greenlint
  2  something for you to mend          130  interrupted

Rules and limits live in greenlint.yaml: start one with `greenlint init`. In
code, decorators hold to them: `from greenlint import energy_budget`.
The documentation lies in the docs folder of the source distribution; each
rule brings its own page: `greenlint rules`, then `greenlint explain RULE`.
""")


@pytest.mark.parametrize("asked", ["--version", "-V"])
def test_the_version(cli: Cli, asked: str) -> None:
    """One line."""
    ended = cli(asked)
    assert (ended.code, ended.out) == (0, f"greenlint {greenlint.__version__}\n")


def test_help_of_check(cli: Cli) -> None:
    """Every option, what it takes, examples and exit codes."""
    assert cli("check", "--help").out == snapshot("""\
usage: greenlint check [PATH ...] [OPTIONS]

Find waste of energy in Python files, notebooks, Dockerfiles and manifests.

Arguments:
  PATH                    a file, a directory, or - for standard input (default:
                          the working directory)

Options:
  -h, --help              show this

What is checked:
  --stdin-filename FILE   the path that standard input is checked as
  --diff-base REV         report only lines changed since a git revision
  --show-files            list the files, check nothing

Which findings:
  --policy FILE           use this policy
  --isolated              use no policy at all
  --select RULES          run only these
  --extend-select RULES   run these as well
  --ignore RULES          do not run these
  --min-severity LEVEL    low, medium or high: hide findings of lower severity
  --min-confidence LEVEL  low, medium or high: hide findings of lower confidence
  --baseline FILE         findings in this baseline are only notes
  --show-settings         print the settings, check nothing

Fixes:
  --fix                   mend what can be mended safely
  --unsafe-fixes          with fixes that may change numbers or behavior
  --diff                  show what --fix would change, write nothing
  --fix-only              fix, and do not report the rest
  --add-ignore REASON     suppress what is found, with a comment that says why

How they are reported:
  --format FORMAT         text, concise, json, sarif, github (default: text)
  --output FORMAT=FILE    write a report to a file as well
  --statistics            count findings by rule instead
  --color WHEN            auto, always or never; auto heeds NO_COLOR and
                          FORCE_COLOR
  -q, --quiet             only findings, no summary
  --exit-zero             exit with 0 whatever is found

How it runs:
  --no-cache              neither read nor write the cache
  --cache-dir DIR         where the cache is (GREENLINT_CACHE_DIR, else
                          .greenlint_cache beside the policy)
  --jobs N                processes at most (default: one per core)

Examples:
  greenlint check                             the working directory
  greenlint check src notebooks/train.ipynb
  greenlint check --select training,oversized-prompt
  greenlint check --diff-base origin/main     only lines changed since then
  greenlint check --output sarif=out.sarif    text here, SARIF in a file
  cat a.py | greenlint check - --stdin-filename src/a.py

RULES are names of rules and families, with commas, or ALL; options with RULES
and --output may be given several times.

Exit codes: 0 nothing found that fails the run, 1 findings that do, 2 something
for you to mend, 3 no file to check, 4 a bug in greenlint, 130 interrupted.
""")


def test_help_of_rules(cli: Cli) -> None:
    """What decides whether a rule is on stands there."""
    assert cli("rules", "--help").out == snapshot("""\
usage: greenlint rules [NAME ...] [OPTIONS]

List the rules: what they find and whether they are on.

Arguments:
  NAME                   only these rules or families

Options:
  -h, --help             show this
  --format {table,json}  (default: table)

Which policy, for rules of your own:
  --policy FILE          use this policy
  --isolated             use no policy at all

How it runs:
  --no-cache             neither read nor write the cache
  --cache-dir DIR        where the cache is (GREENLINT_CACHE_DIR, else
                         .greenlint_cache beside the policy)

Examples:
  greenlint rules
  greenlint rules training               the rules of one family
  greenlint rules --format json

A rule is on unless a policy says otherwise when, of its findings on public code
that were read one by one, at least 90 % were true (the column `precision`).
""")


def test_help_of_explain(cli: Cli) -> None:
    """One argument."""
    assert cli("explain", "--help").out == snapshot("""\
usage: greenlint explain RULE [OPTIONS]

Show a rule's page: what it finds, why that wastes, what to do instead.

Arguments:
  RULE                    the name, as reports print it

Options:
  -h, --help              show this
  --color {auto,always,never}
                          (default: auto)

Which policy, for rules of your own:
  --policy FILE           use this policy
  --isolated              use no policy at all

How it runs:
  --no-cache              neither read nor write the cache
  --cache-dir DIR         where the cache is (GREENLINT_CACHE_DIR, else
                          .greenlint_cache beside the policy)

On a terminal the page is set for reading; elsewhere it is plain Markdown.
""")


def test_help_of_baseline(cli: Cli) -> None:
    """The two things one can do with a baseline."""
    assert cli("baseline", "--help").out == snapshot("""\
usage: greenlint baseline write|prune [PATH ...] [OPTIONS]

Write down today's findings, so that only new ones fail.

Options:
  -h, --help  show this

Commands:
  COMMAND
    write     write every finding there is now
    prune     drop entries whose finding is gone

An entry is a path, a rule, the code and how often it occurs: lines may move.
Name the file in the policy, and `greenlint check` reads it; findings it holds
are shown as notes and fail nothing:

  lint:
    baseline: greenlint-baseline.json
""")
    assert cli("baseline", "write", "--help").out == snapshot("""\
usage: greenlint baseline write [PATH ...] [OPTIONS]

Write every finding there is now.

Arguments:
  PATH                    what to check (default: the working directory)

Options:
  -h, --help              show this
  --baseline FILE         (default: the policy's, else greenlint-baseline.json)

Which findings:
  --policy FILE           use this policy
  --isolated              use no policy at all
  --select RULES          run only these
  --extend-select RULES   run these as well
  --ignore RULES          do not run these
  --min-severity LEVEL    low, medium or high: hide findings of lower severity
  --min-confidence LEVEL  low, medium or high: hide findings of lower confidence

How it runs:
  --no-cache              neither read nor write the cache
  --cache-dir DIR         where the cache is (GREENLINT_CACHE_DIR, else
                          .greenlint_cache beside the policy)

The file then holds what is found in the PATHs and nothing else, so name all
that your project checks.
""")
    assert cli("baseline", "prune", "--help").out == snapshot("""\
usage: greenlint baseline prune [PATH ...] [OPTIONS]

Drop entries.

Arguments:
  PATH                    what to check (default: the working directory)

Options:
  -h, --help              show this
  --baseline FILE         (default: the policy's, else greenlint-baseline.json)

Which findings:
  --policy FILE           use this policy
  --isolated              use no policy at all
  --select RULES          run only these
  --extend-select RULES   run these as well
  --ignore RULES          do not run these
  --min-severity LEVEL    low, medium or high: hide findings of lower severity
  --min-confidence LEVEL  low, medium or high: hide findings of lower confidence

How it runs:
  --no-cache              neither read nor write the cache
  --cache-dir DIR         where the cache is (GREENLINT_CACHE_DIR, else
                          .greenlint_cache beside the policy)
""")


@pytest.mark.parametrize("columns", ["40", "80", "200"])
@pytest.mark.parametrize(
    "command", [*((name,) for name in COMMANDS), ("baseline", "write"), ("policy", "show")]
)
def test_help_fits_the_terminal(cli: Cli, command: tuple[str, ...], columns: str) -> None:
    """Every command has help, and no line of it is longer than 80 columns."""
    ended = cli(*command, "--help", variables={"COLUMNS": columns})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: greenlint {' '.join(command)}")
    assert max(map(len, ended.out.splitlines())) <= 80
