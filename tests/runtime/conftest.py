"""A session of the test's own: nothing of the machine, the user's policy or ledger is touched."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings

from greenlint.runtime import session as sessions
from greenlint.runtime.session import Session

SOON = 0.01  # seconds between two turns of the keeper

Policy = Callable[[str], Path]


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSurroundings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GREENLINT_RUN_ID", raising=False)
    return FakeSurroundings()


@pytest.fixture
def session(surroundings: FakeSurroundings) -> Iterator[Session]:
    installed = Session(surroundings, interval=SOON)
    before = sessions.active
    sessions.active = installed
    yield installed
    installed.close()
    sessions.active = before


@pytest.fixture
def meter(session: Session, surroundings: FakeSurroundings) -> FakeMeter:
    return surroundings.meter


@pytest.fixture
def policy(surroundings: FakeSurroundings, tmp_path: Path) -> Policy:
    """Write the policy that the session finds."""

    def write(text: str) -> Path:
        path = tmp_path / "greenlint.yaml"
        path.write_text("version: 1\n" + textwrap.dedent(text), encoding="utf-8")
        surroundings.policy = path
        return path

    return write
