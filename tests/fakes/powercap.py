"""A powercap tree in a directory, with counters that a test moves."""

from pathlib import Path

RANGE = 262_143_328_850  # microjoules, of a real package


class FakePowercap:
    """Zones under `root`, named as the kernel names them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def zone(self, name: str, label: str, energy: int = 0, *, largest: int | None = RANGE) -> None:
        """Add a zone, such as `intel-rapl:0` with the label `package-0`."""
        path = self.root / name
        path.mkdir()
        (path / "name").write_text(f"{label}\n", encoding="ascii")
        if largest is not None:
            (path / "max_energy_range_uj").write_text(f"{largest}\n", encoding="ascii")
        self.set(name, energy)

    def set(self, name: str, energy: int) -> None:
        """Let a counter stand at so many microjoules."""
        (self.root / name / "energy_uj").write_text(f"{energy}\n", encoding="ascii")

    def forbid(self, name: str) -> None:
        """Take away the counter as a missing permission does; root could read any file."""
        counter = self.root / name / "energy_uj"
        counter.unlink()
        counter.mkdir()

    def permit(self, name: str, energy: int) -> None:
        """Give it back."""
        (self.root / name / "energy_uj").rmdir()
        self.set(name, energy)
