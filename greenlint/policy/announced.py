"""Rules that are yet to come: a policy may name them already; each leaves when it arrives."""

ANNOUNCED = frozenset(
    {
        "handwritten-attention",
    }
)
