"""What is done with tables: rows that are walked, copies that grow, functions handed over."""

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.tables import grows_itself, hands_over, loop_kinds, row_work
from greenlint.lint.facts.tree import BlockKind

TABLE = "import pandas as pd\nimport numpy as np\ndf = pd.read_csv('a.csv')\n"


@pytest.mark.parametrize(
    ("loop", "work"),
    [
        ("for i, row in df.iterrows():\n    total += row['a'] * 2", "arithmetic"),
        (
            "for i, (j, row) in enumerate(df.iterrows()):\n    x.append(np.exp(row['a'] + 1))",
            "arithmetic",
        ),
        ("for i, row in df.iterrows():\n    x.append(row['a'])", "other"),
        ("for i, row in df.iterrows():\n    save(row['a'] + 1)", "other"),
        ("for i, row in df.iterrows():\n    with lock:\n        x += 1", "other"),
    ],
)
def test_a_loop_over_rows_computes_or_does_something(loop: str, work: str) -> None:
    facts = bundled_facts(TABLE + loop)
    (block,) = facts.tree.blocks_of(BlockKind.FOR)
    assert loop_kinds(facts, block) == ("rows.walked",)
    answer = row_work(facts, block, "")
    assert answer is not None
    assert answer.words == {work}


@pytest.mark.parametrize(
    "loop", ["for row in df.itertuples(): x += 1", "for x in other.iterrows(): y += 1"]
)
def test_other_loops_walk_no_rows(loop: str) -> None:
    facts = bundled_facts(TABLE + loop)
    (block,) = facts.tree.blocks_of(BlockKind.FOR)
    assert loop_kinds(facts, block) == ()


@pytest.mark.parametrize(
    ("code", "grows"),
    [
        ("for p in ps:\n    df = pd.concat([df, p])", "yes"),
        ("for p in ps:\n    self.df = pd.concat((self.df, p))", "yes"),
        ("for p in ps:\n    df = df.append(p)", "yes"),
        ("for p in ps:\n    other = pd.concat([df, p])", "no"),
        ("for p in ps:\n    df = load(p)\n    df = pd.concat([df, p])", "no"),
    ],
)
def test_a_table_grows_when_it_takes_the_place_of_what_it_was_made_from(
    code: str, grows: str
) -> None:
    facts = bundled_facts(TABLE + code)
    answer = grows_itself(facts, facts.tree.calls[-1], "")
    assert answer is not None
    assert answer.words == {grows}


def test_a_call_that_is_no_assignment_makes_nothing_grow() -> None:
    facts = bundled_facts(f"{TABLE}print(pd.concat([df, df]))")
    assert grows_itself(facts, facts.tree.calls[-1], "") is None


@pytest.mark.parametrize(
    ("handed", "answer"),
    [("lambda r: tok(r)", {"yes"}), ("f", {"yes"}), ("lambda r: r", {"no"}), ("mine.g", None)],
)
def test_a_function_that_is_handed_over_is_looked_into(
    handed: str, answer: set[str] | None
) -> None:
    code = (
        "from transformers import AutoTokenizer\ntok = AutoTokenizer.from_pretrained('a')\n"
        f"def f(r):\n    return tok(r)\nds.map({handed})"
    )
    facts = bundled_facts(code)
    call = next(c for c in facts.tree.calls if facts.callee_text(c) == "ds.map")
    found = hands_over(facts, call, "tokenizer.call")
    assert (None if found is None else found.words) == answer
