"""Rules that are yet to come: a policy may name them already; each leaves when it arrives."""

ANNOUNCED = frozenset(
    {
        "anomaly-detection-left-on",
        "blocking-dataloader",
        "broken-prompt-prefix",
        "busy-polling",
        "carbon-heavy-region",
        "client-in-loop",
        "disabled-cache",
        "discarded-choices",
        "excessive-reasoning-effort",
        "full-finetune",
        "handwritten-attention",
        "host-sync-in-step",
        "idle-accelerator",
        "indented-json-prompt",
        "miswired-early-stopping",
        "model-outside-policy",
        "padding-waste",
        "repeated-few-shot",
        "respawned-workers",
        "retained-graph",
        "tokenization-per-step",
        "unbatched-inference",
        "unbounded-agent",
        "unbounded-history",
        "unbounded-retry",
        "unpruned-search",
        "unresumable-training",
        "untracked-training",
    }
)
