"""`greenlint init`: starts a policy from one of the bundled ones."""

import argparse
from pathlib import Path

POLICY_NAME = "greenlint.yaml"
DESCRIPTION = """\
Write greenlint.yaml, a copy of a bundled policy, commented and ready to edit.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser("init", description=DESCRIPTION)
    parser.add_argument(
        "--policy",
        metavar="NAME",
        default="starter",
        help="the bundled policy to copy: starter, strict, eu-low-carbon, research-lab or llm-app",
    )
    parser.add_argument("--force", action="store_true", help="overwrite a greenlint.yaml")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the policy and say what to do next."""
    from greenlint.cli.console import write
    from greenlint.cli.output import write_file

    path = Path(POLICY_NAME)
    text = _text_of(arguments.policy)
    if path.exists() and not arguments.force:
        from greenlint.errors import UsageError

        raise UsageError(
            f"{POLICY_NAME} is there already.", hint="Run `greenlint init --force` to overwrite it."
        )
    write_file(path, text.splitlines())
    write(
        [
            f"Wrote {POLICY_NAME} from the bundled policy `{arguments.policy}`.",
            "Edit it, then run `greenlint policy check` and `greenlint check`.",
        ]
    )
    return 0


def _text_of(name: str) -> str:
    from greenlint.bundled import policies_directory, policy_names

    if name not in policy_names():
        from greenlint.errors import UsageError
        from greenlint.yaml_document import nearest

        hint = nearest(name, policy_names()) or ""
        raise UsageError(f"No bundled policy is called `{name}`.", hint=hint[:1].upper() + hint[1:])
    return (policies_directory() / f"{name}.yaml").read_text(encoding="utf-8")
