"""argparse with greenlint's manners: its errors name the cure, its help fits 80 columns."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from greenlint.cli.nearest import question
from greenlint.errors import UsageError

EXIT_CODES = """\
Exit codes: 0 nothing found that fails the run, 1 findings that do, 2 something
for you to mend, 3 no file to check, 4 a bug in greenlint, 130 interrupted.
"""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Options in a column of their own, at most 80 columns in all."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=min(_columns(), 80))

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """Name the value once: `-o, --output FILE`, not `-o FILE, --output FILE`."""
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


def _columns() -> int:
    import shutil

    return max(shutil.get_terminal_size((80, 24)).columns, 40)


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print its usage and exit."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # what argparse hands on
        options.setdefault("formatter_class", HelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options, add_help=False)
        self._positionals.title, self._optionals.title = "Arguments", "Options"
        self.add_argument("-h", "--help", action="help", help="show this")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong; the hint names the help of this very command."""
        words = message[:1].upper() + message[1:]
        raise UsageError(f"{words.rstrip('.')}.", hint=f"See `{self.prog} --help`.")

    def print_help(self, file: object = None) -> None:
        """Print the help the way a report is printed, with its errors."""
        del file
        from greenlint.cli.console import write

        write(self.format_help().splitlines())

    def options(self) -> tuple[str, ...]:
        """Every spelling of every option."""
        return tuple(self._option_string_actions)


def parse(
    argv: Sequence[str], add_parser: Callable[["argparse._SubParsersAction[Parser]"], None]
) -> argparse.Namespace:
    """The arguments of the one command that `add_parser` adds; `argv` starts with its name."""
    parser = Parser(prog="greenlint")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    add_parser(commands)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        raise _unknown(unknown[0], _innermost(commands.choices[argv[0]], argv))
    return arguments


def _innermost(parser: Parser, argv: Sequence[str]) -> Parser:
    """The parser of the command, or of its own subcommand: `baseline write`."""
    for action in parser._actions:  # noqa: SLF001  # argparse tells nobody its subcommands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # the same
            chosen = next((word for word in argv[1:] if word in action.choices), None)
            if chosen is not None:
                return _innermost(action.choices[chosen], argv)
    return parser


# What options are called in ruff, flake8 and zizmor.
_ELSEWHERE = {"--output-format": "--format", "--config": "--policy", "--colour": "--color"}
_IN_THE_POLICY = {
    "--exclude": "lint.exclude",
    "--extend-exclude": "lint.exclude",
    "--per-file-ignores": "lint.per_path",
}


def _unknown(word: str, parser: Parser) -> UsageError:
    from greenlint.report.screen import visible

    kind = "option" if word.startswith("-") else "argument"
    name = word.partition("=")[0]
    if name in _IN_THE_POLICY:
        message = f"`{parser.prog}` takes no option `{name}`: that is `{_IN_THE_POLICY[name]}`"
        return UsageError(f"{message} in the policy.", hint="Start a policy: greenlint init")
    end = question(_ELSEWHERE.get(name, name), parser.options())
    message = f"`{parser.prog}` takes no {kind} `{visible(word)}`{end}"
    return UsageError(message, hint=f"See `{parser.prog} --help`.")
