"""Rules that are yet to come: a policy may name them already; each leaves when it arrives."""

ANNOUNCED = frozenset(
    {
        "broken-prompt-prefix",
        "busy-polling",
        "carbon-heavy-region",
        "client-in-loop",
        "disabled-cache",
        "discarded-choices",
        "excessive-reasoning-effort",
        "handwritten-attention",
        "indented-json-prompt",
        "model-outside-policy",
        "repeated-few-shot",
        "tokenization-per-step",
        "unbatched-inference",
        "unbounded-agent",
        "unbounded-history",
        "unbounded-retry",
        "unpruned-search",
        "untracked-training",
    }
)
