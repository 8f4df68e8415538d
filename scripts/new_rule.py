"""Starts a rule: `python scripts/new_rule.py FAMILY NAME` writes NAME.yaml and its page NAME.md.

The tests of the new rule fail until both are filled in.
"""

import argparse
import re
import sys
from pathlib import Path

RULES = Path(__file__).parent.parent / "rules"
BANNED_PREFIXES = ("avoid-", "consider-", "missing-best-", "no-", "prefer-", "use-")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

RULE = """\
name: {name}
summary: TODO one sentence that says what is wasteful.
severity: medium
confidence: medium
since: "{since}"
gate: [[TODO]]
message: "`{{call}}` TODO says what was seen and what it costs"
advice: "TODO says what to do."
match:
  - case: todo
    call: [todo.kind]
    where: {{argument.todo: absent}}
evidence: []
"""

PAGE = """\
# {name}

## What it does

TODO: what is flagged, and what is not.

## Why it wastes energy

TODO: what it costs, with the sources of the rule's `evidence`.

## Example

```python
TODO = "real code of one framework"  # finding: {name}
```

```python
TODO = "real code of another framework"  # finding: {name}
```

## Use instead

```python
TODO = "the same without the waste"
```

## Fix safety

TODO: what may change when the advice is followed.

## Edge cases

TODO: each legitimate case, with code that stays quiet.

What `**kwargs` holds is unknown:

```python
def ask(**kwargs):
    TODO(**kwargs)
```

Not this library:

```python
TODO = "something of the same name that is none of ours"
```
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the pair; 2 if the name or the family can't be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("family", help="a folder of rules/, such as training")
    parser.add_argument("name", help="what is wasteful, such as unbounded-generation")
    parser.add_argument("--rules", type=Path, default=RULES, help="the directory of the families")
    parser.add_argument("--since", default="0.1", help="the version that brings the rule")
    options = parser.parse_args(arguments)
    if problem := name_problem(options.name) or _place_problem(options):
        print(f"new_rule: {problem}", file=sys.stderr)
        return 2
    rule = options.rules / options.family / f"{options.name}.yaml"
    for path, template in ((rule, RULE), (rule.with_suffix(".md"), PAGE)):
        path.write_text(template.format(name=options.name, since=options.since), encoding="utf-8")
        print(path)
    print(f"Fill them in until this passes: pytest tests/rules -k {options.name}")
    return 0


def name_problem(name: str) -> str | None:
    """Why a rule may not be called `name`, or None: "allow NAME" has to read as English."""
    if not NAME.fullmatch(name):
        return f"`{name}` is not words of a-z and 0-9 joined by hyphens"
    for prefix in BANNED_PREFIXES:
        if name.startswith(prefix):
            return f"name a rule for the waste: `{name}` begins with `{prefix}`"
    return None


def _place_problem(options: argparse.Namespace) -> str | None:
    families = sorted(path.name for path in options.rules.iterdir() if path.is_dir())
    if options.family not in families or options.family == "catalog":
        valid = ", ".join(family for family in families if family != "catalog")
        return f"there is no family `{options.family}` (valid: {valid})"
    if taken := next(options.rules.glob(f"*/{options.name}.yaml"), None):
        return f"there is {taken} already"
    return None


if __name__ == "__main__":
    sys.exit(main())
