"""Finds the rules and policies that ship with greenlint, in a checkout and in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def rules_directory() -> Path:
    """The directory of the rules: one folder per family, and `catalog`."""
    return _find("rules")


def policies_directory() -> Path:
    """The directory of the policies that are ready to copy or extend."""
    return _find("policies")


def validated_rules_directory() -> Path:
    """Where a wheel has the validated form of its rules; a checkout has none."""
    return _PACKAGE / "_bundled" / "validated"


def policy_names() -> tuple[str, ...]:
    """The names by which a policy may extend a bundled one."""
    return tuple(sorted(path.stem for path in policies_directory().glob("*.yaml")))


def _find(name: str) -> Path:
    """A wheel carries the folder inside the package; a checkout has it beside the package."""
    packed = _PACKAGE / "_bundled" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
