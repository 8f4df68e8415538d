"""What a module trains for, where that decides whether a metric can tell when to stop."""

import re
from collections.abc import Iterator

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

_IMPORTS = {
    "reinforcement": (
        *("gym", "gymnasium", "stable_baselines3", "pettingzoo", "tianshou", "dm_env", "procgen"),
        *("ray.rllib", "torchrl", "envpool", "minigrid", "unityagents", "retro"),
    ),
    "diffusion": ("diffusers", "denoising_diffusion_pytorch", "k_diffusion"),
}
_WORDS = {
    "adversarial": frozenset(
        {"discriminator", "discriminators", "netd", "netg", "gan", "dcgan", "wgan", "cgan"}
        | {"cyclegan", "critic", "adversarial"}
    ),
    "reinforcement": frozenset({"replay", "rollout", "rollouts", "reward", "rewards", "dqn"}),
    "diffusion": frozenset({"ddpm", "ddim", "diffusion", "denoiser"}),
}
# Whoever reads these wants every round: to draw the curve, or to use the trees after the best.
_CURVE = frozenset(
    {"evals_result", "evals_result_", "get_evals_result", "record_evaluation", "eval_metrics"}
    | {"staged_predict", "staged_predict_proba", "staged_decision_function"}
    | {"virtual_ensembles_predict"}
)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


relevant(__name__, *_CURVE)


@fact("objective", Subject.CALL, Subject.LOOP, Subject.FUNCTION)
def objective(facts: Facts, unit: Unit, _: str) -> Answer:
    """`adversarial`, `reinforcement`, `diffusion` or `curve`, as far as imports and names tell.

    `curve` stands for files that want the whole run on purpose, such as one on overfitting.
    """
    block = unit.block if isinstance(unit, Call) else unit
    names = set(_names(facts, block))
    parts = {part.lower() for name in names for part in (name, *_PART.findall(name))}
    found = {kind for kind, words in _WORDS.items() if not words.isdisjoint(parts)}
    found |= {kind for kind, modules in _IMPORTS.items() if _imports_any(facts, modules)}
    if "overfit" in facts.path.lower() or not _CURVE.isdisjoint(facts.tree.identifiers):
        found.add("curve")
    return Answer(frozenset(found))


def _names(facts: Facts, block: Block) -> Iterator[str]:
    """What the module and its classes define, and the function around a place."""
    yield from facts.tree.module.bindings
    for owner in facts.tree.blocks_of(BlockKind.CLASS):
        yield from owner.bindings
    for outer in block.ancestors():
        yield from outer.bindings


def _imports_any(facts: Facts, modules: tuple[str, ...]) -> bool:
    return any(
        name == module or name.startswith(module + ".")
        for name in facts.imported
        for module in modules
    )
