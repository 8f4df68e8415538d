"""The simple commands in a shell script, as far as they can be told without running it."""

import json
import re
import shlex
from collections.abc import Iterator

_PUNCTUATION = ";&|()\n"
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}"}
)
_PREFIXES = frozenset({"sudo", "exec", "time", "nohup", "env", "command", "nice"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_PYTHON = re.compile(r"python[0-9.]*")

Command = tuple[str, ...]


def commands(script: str) -> Iterator[Command]:
    """Each simple command with its arguments, stripped of `sudo`, `python -m` and assignments."""
    command: list[str] = []
    for token in [*_tokens(script), "\n"]:
        if not set(token) <= set(_PUNCTUATION):
            command.append(token)
        elif stripped := _stripped(command):
            yield stripped
            command = []
        else:
            command = []


def words(value: str) -> Command:
    """The words of a command in exec form (a JSON list) or shell form."""
    if value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = None
        if isinstance(parsed, list):
            return without_wrapper(tuple(str(word) for word in parsed))
    return next(iter(commands(value)), ())


def without_wrapper(command: Command) -> Command:
    """What `sh -c "..."` or `python -m ...` runs, or the command itself."""
    match command:
        case (shell, *_, script) if shell.rpartition("/")[2] in {"sh", "bash"} and len(command) > 2:
            found = tuple(commands(script))
            return found[-1] if found else ()
        case _:
            return _stripped(list(command))


def _tokens(script: str) -> list[str]:
    text = script.replace("\\\n", " ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_PUNCTUATION)
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quote that never ends
        return text.split()


def _stripped(command: list[str]) -> Command:
    rest = [word for word in command if word not in _KEYWORDS]
    while rest and (_ASSIGNMENT.fullmatch(rest[0]) or rest[0] in _PREFIXES):
        del rest[0]
    if not rest:
        return ()
    rest[0] = rest[0].rpartition("/")[2]
    if len(rest) > 2 and rest[1] == "-m" and _PYTHON.fullmatch(rest[0]):
        rest = rest[2:]
    return tuple(rest)
