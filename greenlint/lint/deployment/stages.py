"""The build stages of a Dockerfile: what each starts from, sets and installs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from greenlint.lint.deployment.dockerfile import Instruction
from greenlint.lint.deployment.shell import Command, commands, words

_FROM = re.compile(r"(\S+)(?:\s+[Aa][Ss]\s+(\S+))?")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?::?([-+])([^}]*))?\}|([A-Za-z_]\w*))")
_PAIR = re.compile(r"([A-Za-z_][\w.-]*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\\]|\\.)*)")


@dataclass(slots=True)
class Stage:
    """One build stage. `base` is the image it starts from, None where that is not known.

    `parent` is the stage that it continues, if it does; `environment` holds what that set too.
    """

    name: str
    base: str | None
    parent: "Stage | None"
    opening: Instruction
    instructions: list[Instruction] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    used: bool = False

    def lineage(self) -> Iterator["Stage"]:
        """This stage and those that it continues."""
        stage: Stage | None = self
        while stage is not None:
            yield stage
            stage = stage.parent

    def runs(self) -> Iterator[tuple[Instruction, Command]]:
        """The commands that building the stage runs, itself alone."""
        for instruction in self.instructions:
            if instruction.keyword != "RUN":
                continue
            if instruction.value.startswith("["):
                yield instruction, words(instruction.value)
                continue
            for script in (instruction.value, *instruction.documents):
                for command in commands(self.expand(script, keep=True)):
                    yield instruction, command

    def expand(self, text: str, *, keep: bool = False) -> str:
        """The text with the variables that are known; with `keep`, others stay as they are."""
        return expand(text, {**self.environment, **self.arguments}, keep=keep)

    def start(self) -> tuple[Instruction, Command] | None:
        """What a container of the stage runs."""
        entry = self._last("ENTRYPOINT")
        command = self._last("CMD")
        chosen = entry or command
        if chosen is None:
            return None
        run = words(self.expand(chosen.value, keep=True))
        if entry is not None and command is not None and command.value.startswith("["):
            run = (*run, *words(self.expand(command.value, keep=True)))
            chosen = max(entry, command, key=lambda instruction: instruction.line)
        return (chosen, run) if run else None

    def _last(self, keyword: str) -> Instruction | None:
        for stage in self.lineage():
            for instruction in reversed(stage.instructions):
                if instruction.keyword == keyword:
                    return instruction
        return None


def stages(instructions: Iterator[Instruction]) -> list[Stage]:
    """The stages of a Dockerfile; `used` are those that only serve a later one."""
    found: list[Stage] = []
    globals_: dict[str, str] = {}
    for instruction in instructions:
        if instruction.keyword == "FROM":
            found.append(_opened(instruction, found, globals_))
        elif not found:
            if instruction.keyword == "ARG":
                globals_.update(pairs(instruction.value))
        else:
            _take(found[-1], instruction, globals_, found)
    return found


def pairs(value: str) -> dict[str, str]:
    """`A=1 B="x y"`, or the old form `A 1`, as a mapping; a bare `A` has no value."""
    found = {name: _unquoted(text) for name, text in _PAIR.findall(value)}
    if not found and len(parts := value.split(None, 1)) == 2:
        found[parts[0]] = _unquoted(parts[1])
    return found


def expand(text: str, values: Mapping[str, str], *, keep: bool = False) -> str:
    """Fill in `$NAME`, `${NAME}` and `${NAME:-default}`; an unknown name becomes empty."""

    def value(found: re.Match[str]) -> str:
        name, operator, word = found[1] or found[4], found[2], found[3] or ""
        known = values.get(name)
        if operator == "+":
            return word if known else ""
        if known is not None:
            return known
        return word if operator == "-" else found[0] if keep else ""

    return _VARIABLE.sub(value, text)


def _opened(instruction: Instruction, earlier: list[Stage], globals_: Mapping[str, str]) -> Stage:
    found = _FROM.match(instruction.value)
    reference, name = (found[1], found[2] or "") if found else ("", "")
    image = expand(reference, globals_, keep=True)
    if image != reference:
        # Whoever builds it may choose another of the earlier stages.
        for stage in earlier:
            stage.used = True
    parent = next((stage for stage in reversed(earlier) if stage.name == image.lower()), None)
    base = parent.base if parent else (None if "$" in image else image)
    stage = Stage(name.lower(), base, parent, instruction)
    if parent is not None:
        parent.used = True
        stage.environment.update(parent.environment)
    return stage


def _take(
    stage: Stage, instruction: Instruction, globals_: Mapping[str, str], earlier: list[Stage]
) -> None:
    stage.instructions.append(instruction)
    match instruction.keyword:
        case "ENV":
            for name, text in pairs(instruction.value).items():
                stage.environment[name] = stage.expand(text)
        case "ARG":
            given = pairs(instruction.value)
            name = instruction.value.partition("=")[0].strip()
            stage.arguments |= given or ({name: globals_[name]} if name in globals_ else {})
        case "COPY" | "ADD" | "RUN":
            for flag in instruction.flags:
                _mark_source(flag, earlier)
        case _:
            pass


def _mark_source(flag: str, earlier: list[Stage]) -> None:
    """`--from=builder`, also within `--mount=`, makes that stage one that only serves."""
    found = re.search(r"(?:^|,)from=([^,\s]+)", flag)
    if found is None:
        return
    for number, stage in enumerate(earlier[:-1]):
        if found[1].lower() == stage.name or found[1] == str(number):
            stage.used = True


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text.replace("\\ ", " ")
