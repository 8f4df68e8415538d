"""How many models a search fits, counted from what its grid is made of."""

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.grids import Grids
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.search_loops import SearchLoops
from greenlint.lint.facts.vocabulary import fact_named
from greenlint.lint.rule import Subject

PRELUDE = """
import itertools
import numpy as np
from sklearn.model_selection import GridSearchCV, ParameterGrid, cross_val_score
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit
from sklearn.svm import SVC
"""


def searched(facts: Facts) -> str:
    """The search of a module in words."""
    (call,) = facts.calls_of("search.grid")
    return str(facts.extension(Grids).search(call))


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ("[1, 2, 3]", 3),
        ("(1, 2)", 2),
        ("{1, 2}", 2),
        ("[*range(5), 9]", 6),
        ("range(5)", 5),
        ("range(1, 6)", 5),
        ("range(0, 10, 3)", 4),
        ("range(10, 0, -2)", 5),
        ("list(range(5))", 5),
        ("np.arange(5)", 5),
        ("np.arange(0.1, 1.0, 0.1)", 9),
        ("np.arange(64, 1024, step=64)", 15),
        ("np.arange(start=1, stop=5)", 4),
        ("np.linspace(0, 1)", 50),
        ("np.linspace(0, 1, 7)", 7),
        ("np.logspace(-3, 3, num=7)", 7),
        ("np.array([1, 2, 3]).tolist()", 3),
        ("10.0 ** np.arange(-3, 4)", 7),
        ("np.arange(4) / 10", 4),
        ("[1, 2] + [3]", 3),
        ("[x / 10 for x in range(5)]", 5),
        ("[(a, b) for a in range(3) for b in range(4)]", 12),
        ("VALUES", 2),
    ],
)
def test_lengths_are_counted(values: str, number: int) -> None:
    source = f"{PRELUDE}VALUES = [1, 2]\nGridSearchCV(SVC(), {{'C': {values}}}, cv=2)"
    expected = f"{number * 2} models ({number} candidates on 2 folds each)"
    assert searched(bundled_facts(source)) == expected


@pytest.mark.parametrize(
    "values",
    [
        "values",
        "load()",
        "range(n)",
        "range(0, 5, 0)",
        "range(*bounds)",
        "np.linspace(0, 1, n)",
        "[1, 2] * 3",
        "np.arange(3) * values()",
        "[x for x in range(9) if x % 2]",
        "[*load()]",
        "uniform(0, 1)",
        "SELF",
    ],
)
def test_what_has_no_length_that_can_be_told_is_unknown(values: str) -> None:
    source = f"{PRELUDE}SELF = SELF\nGridSearchCV(SVC(), {{'C': {values}}})"
    found = bundled_facts(source)
    if values == "np.arange(3) * values()":
        assert searched(found).startswith("15 models")  # a number, or an array of that length
    else:
        assert searched(found) == "None"


@pytest.mark.parametrize(
    ("grid", "number"),
    [
        ("{'C': [1, 2], 'gamma': [1, 2, 3]}", 6),
        ("[{'C': [1, 2]}, {'C': [1], 'gamma': [1, 2]}]", 4),
        ("dict(C=[1, 2], gamma=[1, 2])", 4),
        ("GRID", 2),
        ("GRIDS", 4),
        ("ALIAS", 2),
        ("{**GRID, 'gamma': [1, 2, 3]}", 6),
        ("TABLE['svm']", 3),
    ],
)
def test_grids_multiply_and_lists_of_grids_add_up(grid: str, number: int) -> None:
    source = f"""{PRELUDE}
GRID = {{"C": [1, 2]}}
ALIAS = GRID
GRIDS = [GRID, {{"C": [3, 4]}}]
TABLE = {{"svm": {{"C": [1, 2, 3]}}}}
GridSearchCV(SVC(), {grid}, cv=3)
"""
    assert searched(bundled_facts(source)).startswith(f"{number * 3} models")


@pytest.mark.parametrize(
    "grid", ["grid", "load(path)", "{}", "TABLE[key]", "TABLE['tree']", "{'C': C, 'g': [1]}"]
)
def test_grids_from_elsewhere_are_unknown(grid: str) -> None:
    source = f"{PRELUDE}TABLE = {{'svm': 1}}\ndef f(grid, C):\n    GridSearchCV(SVC(), {grid})"
    assert searched(bundled_facts(source)) == "None"


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ("cv=10", "20 models (2 candidates on 10 folds each)"),
        ("cv=None", "10 models (2 candidates on 5 folds each)"),
        ("", "10 models (2 candidates on 5 folds each)"),
        ("cv=KFold(4)", "8 models (2 candidates on 4 folds each)"),
        ("cv=KFold()", "10 models (2 candidates on 5 folds each)"),
        ("cv=ShuffleSplit()", "20 models (2 candidates on 10 folds each)"),
        ("cv=RepeatedKFold(n_splits=3, n_repeats=2)", "12 models (2 candidates on 6 folds each)"),
        ("cv=KFold(3).split(X)", "6 models (2 candidates on 3 folds each)"),
        ("cv=KFold(n)", "more than 2 models"),
        ("cv=1", "2 models"),
        ("cv=folds()", "more than 2 models"),
        ("**options", "more than 2 models"),
    ],
)
def test_folds_are_counted(folds: str, words: str) -> None:
    source = f"{PRELUDE}GridSearchCV(SVC(), {{'C': [1, 2]}}, {folds})"
    assert searched(bundled_facts(source)) == words


@pytest.mark.parametrize(
    ("estimator", "word"),
    [
        ("SVC()", "costly"),
        ("Ridge()", "cheap"),
        ("make_pipeline(StandardScaler(), Ridge())", "cheap"),
        ("AdaBoostClassifier(DecisionTreeClassifier())", "costly"),
        ("given", "costly"),
    ],
)
def test_only_known_cheap_models_are_cheap(estimator: str, word: str) -> None:
    source = f"""{PRELUDE}
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
GridSearchCV({estimator}, {{"C": [1]}})
"""
    facts = bundled_facts(source)
    function = fact_named(Subject.CALL, "fitted")
    assert function is not None
    answer = function(facts, facts.calls_of("search.grid")[0], "")
    assert answer is not None
    assert answer.words == {word}


LOOPS = """
for C in [1, 2, 3]:
    for gamma in [1, 2]:
        {body}
"""


@pytest.mark.parametrize(
    ("source", "number"),
    [
        (LOOPS.format(body="SVC(C=C, gamma=gamma).fit(X, y)"), 6),
        (LOOPS.format(body="cross_val_score(SVC(C=C, gamma=gamma), X, y, cv=4)"), 24),
        (LOOPS.format(body="p = {'C': C, 'gamma': gamma}; SVC(**p).fit(X, y)"), 6),
        ("for p in ParameterGrid({'C': [1, 2, 3]}):\n    SVC(**p).fit(X, y)", 3),
        (
            (
                "for C, gamma in itertools.product([1, 2], [1, 2, 3]):\n"
                "    SVC(C=C, gamma=gamma).fit(X, y)"
            ),
            6,
        ),
        (
            (
                "for p in ParameterGrid({'C': [1, 2, 3]}):\n"
                "    for train, _ in KFold(4).split(X):\n        SVC(**p).fit(X[train], y[train])"
            ),
            12,
        ),
    ],
)
def test_loops_over_choices_around_a_fit_are_a_search(source: str, number: int) -> None:
    found = bundled_facts(PRELUDE + source).extension(SearchLoops).fits
    assert [count.number for count in found.values()] == [number]


@pytest.mark.parametrize(
    "source",
    [
        "for C in [1, 2, 3]:\n    SVC(C=C).fit(X, y)",
        "for C in [1, 2]:\n    for seed in range(9):\n        SVC(C=C, random_state=seed).fit(X)",
        "for C in [1, 2, 3]:\n    for part in range(9):\n        SVC(C=C).fit(X[part], y[part])",
        "for C in [1, 2]:\n    for gamma in gammas:\n        SVC(C=C, gamma=gamma).fit(X, y)",
        "for C in itertools.product([1, 2]):\n    SVC(C=C).fit(X, y)",
        "for p in ParameterGrid(grid):\n    SVC(**p).fit(X, y)",
        "for C, g in itertools.product(a, b):\n    SVC(C=C, gamma=g).fit(X, y)",
        "while go:\n    SVC(C=1).fit(X, y)",
        "for box[0] in [1, 2]:\n    for C in [1, 2]:\n        SVC(C=C).fit(X, y)",
        "for C in [1, 2]:\n    for model in models:\n        cross_val_score(model, X, y)",
    ],
)
def test_curves_repetitions_and_unknown_lengths_are_no_search(source: str) -> None:
    assert bundled_facts(PRELUDE + source).extension(SearchLoops).fits == {}
