"""What one training is given: budget, limits, validation data, and what can stop it."""

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.vocabulary import Answer, fact_named
from greenlint.lint.rule import Subject

KERAS = "import keras\nfrom keras import callbacks as kc\nmodel = keras.Sequential()\n"
HUGGING_FACE = "from transformers import Trainer, TrainingArguments as Args\n"
LIGHTNING = "import lightning as L\n"
COMPOSER = "from composer import Trainer\n"


def of_last_fit(facts: Facts, name: str) -> Answer | None:
    """What the fact `name` says of the last fit of a module."""
    function = fact_named(Subject.CALL, name)
    assert function is not None
    return function(facts, facts.calls_of("trainer.fit", "estimator.fit")[-1], "")


def words(facts: Facts, name: str) -> frozenset[str]:
    """The same as words, with `unknown` for what can't be told."""
    answer = of_last_fit(facts, name)
    return answer.words if answer is not None else frozenset({"unknown"})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (KERAS + "model.fit(x, y, epochs=90)", 90),
        (HUGGING_FACE + "t = Trainer(m, Args('o', num_train_epochs=7))\nt.train()", 7),
        (HUGGING_FACE + "a = Args('o', num_train_epochs=7)\nt = Trainer(m, a)\nt.train()", 7),
        (COMPOSER + "t = Trainer(max_duration='90ep')\nt.fit()", 90),
        (COMPOSER + "t = Trainer(max_duration='5000ba')\nt.fit()", None),
        (COMPOSER + "t = Trainer()\nt.fit(duration='30ep')", 30),
    ],
)
def test_the_budget_is_read_from_the_fit_the_settings_or_the_constructor(
    source: str, value: int | None
) -> None:
    answer = of_last_fit(bundled_facts(source), "budget")
    assert (answer.value if answer is not None else None) == value


@pytest.mark.parametrize(
    "source",
    [
        HUGGING_FACE + "t = Trainer(m, settings())\nt.train()",
        HUGGING_FACE + "t = Trainer(m, A if x else Args('o'))\nt.train()",
        HUGGING_FACE + "t = Trainer(m, **options)\nt.train()",
        LIGHTNING + "def f(t: L.Trainer):\n    t.fit(model)",
        "from xgboost import XGBRegressor as R\nm = R()\nm.set_params(n_estimators=9)\nm.fit(x, y)",
    ],
)
def test_settings_from_elsewhere_leave_the_budget_unknown(source: str) -> None:
    assert of_last_fit(bundled_facts(source), "budget") is None


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("", "no"),
        ("max_steps=100", "yes"),
        ("max_steps=-1", "no"),
        ("max_steps=STEPS", "yes"),
        ("max_time=None", "no"),
        ("max_time='00:01:00:00'", "yes"),
        ("fast_dev_run=False", "no"),
        ("fast_dev_run=True", "yes"),
        ("**options", "unknown"),
    ],
)
def test_steps_and_time_limit_a_training(arguments: str, word: str) -> None:
    facts = bundled_facts(f"{LIGHTNING}t = L.Trainer({arguments})\nt.fit(model)")
    assert words(facts, "limited") == {word}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("", "no"),
        ("validation_split=0.2", "yes"),
        ("validation_split=0", "no"),
        ("validation_data=(a, b)", "yes"),
        ("validation_data=None", "no"),
        ("validation_data=(x, y)", "no"),
        ("validation_data=[x, y]", "yes"),
        ("validation_data=valid", "yes"),
        ("**options", "unknown"),
    ],
)
def test_keras_validates_on_data_that_it_does_not_learn_from(arguments: str, word: str) -> None:
    facts = bundled_facts(f"{KERAS}valid = load()\nmodel.fit(x, y, {arguments})")
    assert words(facts, "validated") == {word}


@pytest.mark.parametrize(
    ("setting", "word"),
    [("'no'", "no"), ("'epoch'", "yes"), ("IntervalStrategy.NO", "no"), ("STRATEGY", "yes")],
)
def test_hugging_face_validates_by_strategy(setting: str, word: str) -> None:
    source = f"t = Trainer(m, Args('o', eval_strategy={setting}), eval_dataset=v)\nt.train()"
    assert words(bundled_facts(HUGGING_FACE + source), "validated") == {word}


@pytest.mark.parametrize(
    ("evals", "word"),
    [
        ("[(dtrain, 'train')]", "no"),
        ("[(dtrain, 'train'), (dvalid, 'valid')]", "yes"),
        ("watched", "no"),
        ("[]", "no"),
        ("((dvalid, 'valid'), (dtrain, 'train'))", "yes"),
        ("made(dtrain)", "yes"),
    ],
)
def test_a_list_of_the_training_data_alone_is_no_validation(evals: str, word: str) -> None:
    source = (
        "import xgboost\ndtrain = xgboost.DMatrix(x)\nwatched = [(dtrain, 'train')]\n"
        f"xgboost.train({{}}, dtrain, 9, evals={evals})"
    )
    facts = bundled_facts(source)
    function = fact_named(Subject.CALL, "validated")
    assert function is not None
    answer = function(facts, facts.calls_of("boosting.train")[0], "")
    assert answer is not None
    assert answer.words == {word}


@pytest.mark.parametrize(
    ("callbacks", "word"),
    [
        ("None", "none"),
        ("[]", "none"),
        ("[kc.ModelCheckpoint('m')]", "none"),
        ("kc.EarlyStopping()", "some"),
        ("[kc.ModelCheckpoint('m'), kc.EarlyStopping()]", "some"),
        ("saving + [kc.EarlyStopping()]", "some"),
        ("saving or [kc.CSVLogger('l')]", "none"),
        ("[*saving]", "none"),
        ("list(saving)", "none"),
        ("list(given)", "unknown"),
        ("saving if fast else given", "unknown"),
        ("[kc.ModelCheckpoint(n) for n in names]", "unknown"),
        ("[unheard_of()]", "unknown"),
        ("[other.Callback()]", "unknown"),
        ("table['callbacks']", "unknown"),
        ("[lambda: 1]", "unknown"),
        ("[('name', kc.EarlyStopping())]", "some"),
        ("[functools.partial(kc.EarlyStopping, patience=3)]", "some"),
        ("made()", "none"),
        ("made_or_given()", "unknown"),
        ("nothing()", "unknown"),
        ("[Quiet()]", "none"),
        ("[Derived()]", "none"),
        ("[Mixed()]", "unknown"),
        ("[Bare()]", "unknown"),
        ("[Endless()]", "unknown"),
        ("[Early()]", "some"),
        ("self.saving", "unknown"),
    ],
)
def test_callbacks_are_judged_one_by_one(callbacks: str, word: str) -> None:
    source = f"""
import functools
import keras
import other
from keras import callbacks as kc
saving = [kc.ModelCheckpoint("m")]
def made():
    return [kc.CSVLogger("l")]
def made_or_given(given=None):
    if given:
        return given
    return saving
def nothing():
    pass
class Quiet(keras.callbacks.Callback):
    pass
class Derived(Quiet):
    pass
class Mixed(Quiet, other.Callback):
    pass
class Bare:
    pass
class Endless(Endless):
    pass
class Early(kc.EarlyStopping):
    pass
def train(given, names, fast, table):
    model = keras.Sequential()
    model.fit(x, y, callbacks={callbacks})
"""
    assert words(bundled_facts(source), "stoppers") == {word}


def test_what_a_list_is_given_later_counts() -> None:
    source = "c = []\nc.append(kc.CSVLogger('l'))\nc += [kc.EarlyStopping()]\nc.clear()\n"
    facts = bundled_facts(f"{KERAS}{source}model.fit(x, y, callbacks=c)")
    assert words(facts, "stoppers") == {"some"}


def test_callbacks_of_an_object_are_what_its_class_stores() -> None:
    source = """
import keras
class Training:
    def __init__(self):
        self.model = keras.Sequential()
        self.callbacks = [keras.callbacks.CSVLogger("l")]
    def run(self):
        self.model.fit(x, y, callbacks=self.callbacks)
"""
    assert words(bundled_facts(source), "stoppers") == {"none"}


@pytest.mark.parametrize(
    "source",
    [
        KERAS + "class C(kc.Callback):\n    def f(self):\n        self.model.stop_training = True\n"
        "model.fit(x, y, callbacks=[C()])",
        HUGGING_FACE + "from transformers import EarlyStoppingCallback as E\n"
        "t = Trainer(m)\nt.add_callback(E)\nt.train()",
        LIGHTNING + "class M(L.LightningModule):\n    def f(self):\n"
        "        self.trainer.should_stop = True\nt = L.Trainer()\nt.fit(M())",
    ],
)
def test_stop_flags_and_later_callbacks_stop_a_training(source: str) -> None:
    assert words(bundled_facts(source), "stoppers") == {"some"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("", "none"),
        ("early_stopping_rounds=20", "some"),
        ("early_stopping_rounds=0", "none"),
        ("early_stopping_rounds=None", "unknown"),
        ("**options", "unknown"),
    ],
)
def test_rounds_of_patience_stop_boosting(arguments: str, word: str) -> None:
    source = f"import xgboost\nm = xgboost.XGBClassifier()\nm.fit(x, y, {arguments})"
    assert words(bundled_facts(source), "stoppers") == {word}


@pytest.mark.parametrize(
    ("arguments", "word"), [("", "some"), ("patience=0", "none"), ("patience=None", "none")]
)
def test_patience_that_is_there_by_default_can_be_switched_off(arguments: str, word: str) -> None:
    source = f"from ultralytics import YOLO\nm = YOLO('n.pt')\nm.train({arguments})"
    assert words(bundled_facts(source), "stoppers") == {word}


def test_a_trainer_from_elsewhere_may_hold_stoppers() -> None:
    facts = bundled_facts(f"{LIGHTNING}def f(t: L.Trainer):\n    t.fit(model)")
    assert words(facts, "stoppers") == {"unknown"}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("import gymnasium\n", "reinforcement"),
        ("from diffusers import UNet2DModel\n", "diffusion"),
        ("class PatchDiscriminator:\n    pass\n", "adversarial"),
        ("netD = build()\n", "adversarial"),
    ],
)
def test_objectives_are_told_by_imports_and_names(source: str, word: str) -> None:
    assert words(bundled_facts(source + KERAS + "model.fit(x, y)"), "objective") == {word}


def test_a_word_within_a_word_is_no_objective() -> None:
    facts = bundled_facts(f"organ = elegant = 1\n{KERAS}model.fit(x, y)")
    assert words(facts, "objective") == frozenset()


@pytest.mark.parametrize(
    ("source", "word"),
    [("if 0:\n    ", "yes"), ("RUN = False\nif RUN:\n    ", "yes"), ("if go:\n    ", "no")],
)
def test_code_under_a_false_constant_is_dead(source: str, word: str) -> None:
    assert words(bundled_facts(f"{KERAS}{source}model.fit(x, y)"), "dead") == {word}
