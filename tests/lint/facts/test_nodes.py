"""Names and parts of libcst's nodes."""

import libcst as cst
import pytest

from greenlint.lint.facts.nodes import (
    defined_name,
    last_name,
    nodes_in,
    positional_names,
    root_name,
)


@pytest.mark.parametrize(
    ("expression", "first", "last"),
    [
        ("epochs", "epochs", "epochs"),
        ("args.epochs", "args", "epochs"),
        ("batch[0].images", "batch", "images"),
        ("batch[0]", "batch", ""),
        ("load().images", None, "images"),
        ("load()", None, ""),
    ],
)
def test_expressions_have_a_first_and_a_last_name(expression, first, last):
    node = cst.parse_expression(expression)
    assert (root_name(node), last_name(node)) == (first, last)


def test_nothing_has_no_last_name():
    assert last_name(None) == ""


@pytest.mark.parametrize(
    ("statement", "name"), [("def run(): ...", "run"), ("class Net: ...", "Net"), ("x = y", "")]
)
def test_functions_and_classes_define_a_name(statement, name):
    assert defined_name(cst.parse_statement(statement)) == name


@pytest.mark.parametrize(
    ("signature", "names"),
    [
        ("self, path, *, mode", ("path",)),
        ("model, /, batch, *rest", ("model", "batch")),
        ("*, only", ()),
    ],
)
def test_callers_give_these_parameters_by_position(signature, names):
    assert positional_names(cst.parse_statement(f"def run({signature}): ...")) == names


def test_a_class_takes_no_parameters_itself():
    assert positional_names(cst.parse_statement("class Net: ...")) == ()


def test_a_node_is_among_the_nodes_in_it():
    call = cst.parse_expression("train(model, steps=n + 1)")
    found = list(nodes_in(call))
    assert call in found
    assert {part.value for part in found if isinstance(part, cst.Name)} == {
        *("train", "model", "steps", "n")
    }
