"""Whether a search for hyper-parameters ends the trials that go badly."""

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_ASKS = frozenset({"should_prune", "TrialPruned"})

# What trains is looked for in the objective, which a search is only handed.
relevant(
    __name__,
    *(*_ASKS, "parameters"),
    kinds=("stopper.pruner", "trainer.fit", "optimizer.build", "boosting.train"),
)


@fact("prunes", *Subject)
def prunes(facts: Facts, _: Unit, __: str) -> Answer:
    """Whether the file ends weak trials of a search: it asks, raises, or has a callback for it."""
    asks = not _ASKS.isdisjoint(facts.tree.identifiers)
    return yes_or_no(asks or facts.has("stopper.pruner"))
