"""What ecologits tells of a request, with figures that a test can work out by hand."""

from types import SimpleNamespace


class FakeEcologits:
    """Knows the model `known`: a request is 1 J and 1 mg, each output token 2 J and 3 mg more.

    At most, that is: each estimate is a range. `asked` is what it was asked for.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []

    def __call__(
        self, provider: str, model: str, tokens: int, latency: float, zone: str | None
    ) -> SimpleNamespace:
        self.asked.append((provider, model, zone))
        if model == "broken":
            raise RuntimeError("no table")
        if model != "known":
            return SimpleNamespace(has_errors=True, energy=None, gwp=None)
        joules, milligrams = 1 + 2 * tokens, 1 + 3 * tokens
        return SimpleNamespace(
            has_errors=False,
            energy=SimpleNamespace(value=SimpleNamespace(min=0, max=joules / 3_600_000)),
            gwp=SimpleNamespace(value=milligrams / 1_000_000),
        )
