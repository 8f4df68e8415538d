"""Whatever scopes do, their shares together never exceed the counters they are taken of."""

from dataclasses import dataclass

from clock import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from meters import FakeLanes, FakeMeter

from greenlint.metering.attribution import Attribution
from greenlint.metering.measurement import Component, Measurement
from greenlint.metering.share import Share

PARTS = (Component.CPU, Component.MEMORY, Component.GPU)
# Rounding: shares are cut to whole microjoules, sums of floats are not exact.
ROUNDING = 1_000


@dataclass(eq=False)
class Scope:
    """A share and its last reading."""

    share: Share
    last: Measurement | None = None


def energy_of(measurement: Measurement, component: Component) -> int:
    return sum(part.energy for part in measurement.components if part.component is component)


class Scopes(RuleBasedStateMachine):
    """Scopes open, nest, pause and end in any order while counters rise as they like."""

    @initialize(covered=st.booleans(), watts=st.lists(st.floats(0, 300), min_size=4, max_size=4))
    def start(self, *, covered: bool, watts: list[float]) -> None:
        self.clock = FakeClock()
        self.lanes = FakeLanes(3)
        self.meter = FakeMeter(*PARTS, devices=(0, 1))
        self.meter.power = dict(zip(self.meter.energy, watts, strict=True))
        self.attribution = Attribution(clock=self.clock, lanes=self.lanes)
        self.scopes: list[Scope] = []
        if covered:
            self.open(pick=0, awaiting=False, name="", thread=0, owner=False)

    @rule(
        pick=st.integers(0, 99),
        awaiting=st.booleans(),
        name=st.sampled_from(["", "", "fetch", "train"]),
        thread=st.integers(0, 2),
        owner=st.booleans(),
    )
    def open(self, *, pick: int, awaiting: bool, name: str, thread: int, owner: bool) -> None:
        self.lanes.current = thread
        # One in three stands alone.
        parent = self.scopes[pick % len(self.scopes)] if self.scopes and pick % 3 else None
        devices = (pick % 2,) if owner else ()
        share = self.attribution.open(
            parent.share if parent else None, awaiting=awaiting, name=name, devices=devices
        )
        self.scopes.append(Scope(share))

    def scope(self, pick: int) -> Scope | None:
        return self.scopes[pick % len(self.scopes)] if self.scopes else None

    @rule(pick=st.integers(0, 99))
    def close(self, pick: int) -> None:
        if scope := self.scope(pick):
            before = scope.share.read()
            after = scope.share.close()
            assert after.energy >= before.energy
            assert after == scope.share.close()

    @rule(pick=st.integers(0, 99))
    def pause(self, pick: int) -> None:
        if scope := self.scope(pick):
            scope.share.pause()

    @rule(pick=st.integers(0, 99))
    def resume(self, pick: int) -> None:
        if scope := self.scope(pick):
            scope.share.resume()

    @rule(
        seconds=st.floats(0, 3),
        busy=st.lists(st.floats(0, 1), min_size=3, max_size=3),
        joules=st.lists(st.floats(0, 500), min_size=4, max_size=4),
    )
    def work(self, seconds: float, busy: list[float], joules: list[float]) -> None:
        self.clock.step(seconds)
        for lane, part in zip(self.lanes.lanes, busy, strict=True):
            lane.busy += part * seconds
        for part, amount in zip(self.meter.energy, joules, strict=True):
            self.meter.add(amount, *part)

    @rule(
        seconds=st.floats(0, 3),
        joules=st.lists(st.floats(0, 500), min_size=4, max_size=4),
        horizon=st.sampled_from([0.05, 1.1, 2.0]),
        complete=st.booleans(),
    )
    def read_the_meter(
        self, *, seconds: float, joules: list[float], horizon: float, complete: bool
    ) -> None:
        self.work(seconds=seconds, busy=[1.0, 0.5, 0.0], joules=joules)
        self.attribution.settle(self.meter.read(), horizon=horizon, complete=complete)

    @rule(lost=st.sets(st.sampled_from(PARTS)))
    def lose(self, lost: set[Component]) -> None:
        self.meter.lost = lost

    @invariant()
    def shares_are_within_the_counters(self) -> None:
        if not hasattr(self, "scopes"):
            return
        # A scope that outlived the one around it passed on what it had used until then.
        outermost = [scope.share for scope in self.scopes if scope.share.parent is None]
        published = dict.fromkeys(PARTS, 0.0)
        for gauge, energy in self.attribution.published():
            published[gauge.component] += energy
        for part in PARTS:
            shares = sum(energy_of(share.read(), part) for share in outermost)
            shares -= sum(self.passed_on(share, part) for share in outermost)
            assert shares <= published[part] + ROUNDING, part

    def passed_on(self, share: Share, component: Component) -> float:
        timeline = self.attribution._timeline
        passed = list(share.passed) + [0.0] * (len(timeline.lines) - len(share.passed))
        for moment in share.passed_early:
            timeline.charge_early(moment, passed)
        parts = zip(timeline.lines, passed, strict=True)
        return sum(energy for line, energy in parts if line.gauge.component is component)

    @invariant()
    def no_share_falls(self) -> None:
        for scope in getattr(self, "scopes", ()):
            now = scope.share.read()
            if scope.last is not None:
                assert now.energy >= scope.last.energy - len(now.components)
            scope.last = now


Scopes.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestScopes = Scopes.TestCase
