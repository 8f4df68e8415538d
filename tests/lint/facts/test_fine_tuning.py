"""Trainings: which loaded model they train, what stops them, and what they do in each step."""

from textwrap import dedent

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.vocabulary import Answer, fact_named
from greenlint.lint.rule import Subject

LOADED = """
import torch
from transformers import AutoModel, Trainer
model = AutoModel.from_pretrained({name})
"""


def answer_to(name: str, source: str, kind: str, detail: str = "") -> Answer | None:
    """What the fact `name` says of the first call of a kind in `source`."""
    facts = bundled_facts(dedent(source))
    function = fact_named(Subject.CALL, name)
    assert function is not None
    return function(facts, facts.calls_of(kind)[0], detail)


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("meta-llama/Llama-3.1-8B", 8),
        ("meta-llama/Llama-2-7b-hf", 7),
        ("Qwen/Qwen2.5-0.5B-Instruct", 0.5),
        ("google/gemma-3-27b-it", 27),
        ("mistralai/Mixtral-8x7B-v0.1", 56),
        ("unsloth/model-bnb-4bit", None),
        ("bert-base-uncased", None),
        ("lab/v2b2", None),
    ],
)
def test_a_name_tells_the_size(name: str, billions: float | None) -> None:
    source = LOADED.format(name=repr(name))
    answer = answer_to("billions", source, "model.load.transformers", "model")
    assert (None if answer is None else answer.value) == billions


def test_a_name_from_elsewhere_tells_nothing() -> None:
    source = LOADED.format(name="checkpoint")
    assert answer_to("billions", source, "model.load.transformers", "model") is None


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("Trainer(model=model, args=args)", "whole"),
        ("Trainer(model.half(), args)", "whole"),
        ("tuned = wrap(model)\nTrainer(tuned, args)", "whole"),
        ("torch.optim.AdamW(model.parameters())", "whole"),
        ("Trainer(model, args)\nmodel.base.requires_grad_(False)", "partly"),
        ("Trainer(model, args)\nmodel.freeze_vision_layers()", "partly"),
        ("for p in model.layers: p.requires_grad = False\nTrainer(model, args)", "partly"),
        ("Trainer(student, args, train_dataset=label(model))", "no"),
        ("Trainer(args=args)", "no"),
        ("model(x)", "no"),
    ],
)
def test_a_model_is_trained_where_a_trainer_or_an_optimizer_has_it(source: str, word: str) -> None:
    answer = answer_to("trained", LOADED.format(name="'m'") + source, "model.load.transformers")
    assert answer is not None
    assert answer.words == {word}


@pytest.mark.parametrize(
    ("callbacks", "metric"),
    [
        ("[EarlyStopping()]", "absent"),
        ("[log, EarlyStopping(monitor='loss')]", "loss"),
        ("[EarlyStopping('val_auc', 0, 3)]", "val_auc"),
        ("[EarlyStopping(), EarlyStopping(monitor='loss')]", None),
        ("standard()", None),
        ("[log]", None),
        ("None", None),
    ],
)
def test_a_callback_watches_a_metric(callbacks: str, metric: str | None) -> None:
    source = f"""
    import keras
    from keras.callbacks import EarlyStopping
    model = keras.Sequential()
    model.fit(x, epochs=9, callbacks={callbacks})
    """
    answer = answer_to("stop-metric", source, "trainer.fit.keras")
    if metric is None:
        assert answer is None
    else:
        assert answer is not None
        assert metric in answer.words or answer.value == metric


def test_no_callbacks_watch_nothing() -> None:
    source = "import keras\nkeras.Sequential().fit(x, epochs=9)"
    assert answer_to("stop-metric", source, "trainer.fit.keras") is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("        torch.cuda.empty_cache()", {"batch"}),
        ("        with scope():\n            torch.cuda.empty_cache()", {"batch"}),
        ("        if step % 9 == 0:\n            torch.cuda.empty_cache()", set()),
        ("        for part in batch:\n            torch.cuda.empty_cache()", set()),
        ("    torch.cuda.empty_cache()", {"epoch"}),
        ("torch.cuda.empty_cache()", set()),
    ],
)
def test_a_call_belongs_to_every_step_or_every_epoch(place: str, words: set[str]) -> None:
    source = (
        "import torch\nfor epoch in range(9):\n    for step, batch in enumerate(loader):\n"
        f"        model(batch).mean().backward()\n        optimizer.step()\n{place}\n"
    )
    answer = answer_to("step", source, "accelerator.cache")
    assert answer is not None
    assert answer.words == words


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("if trial.should_prune():\n    raise optuna.TrialPruned", "yes"),
        (
            "from optuna_integration import KerasPruningCallback\nKerasPruningCallback(t, 'a')",
            "yes",
        ),
        ("study.optimize(objective, n_trials=9)", "no"),
    ],
)
def test_a_search_prunes_where_it_asks_or_has_a_callback_for_it(code: str, word: str) -> None:
    source = f"import optuna\nstudy = optuna.create_study()\nstudy.optimize(f, 9)\n{code}"
    answer = answer_to("prunes", source, "search.optimize")
    assert answer is not None
    assert answer.words == {word}
