"""Rules that are yet to come: a policy may name them already; each leaves when it arrives."""

ANNOUNCED = frozenset(
    {
        "carbon-heavy-region",
        "handwritten-attention",
        "tokenization-per-step",
        "unbatched-inference",
        "untracked-training",
    }
)
