"""What a loop changes, and what flows into an expression."""

import pytest


def varies(facts):
    """Whether the first argument of the call of `use` varies in the loop around it."""
    call = next(c for c in facts.tree.calls if facts.callee_text(c) == "use")
    loop = facts.loops_around(call.block)[0]
    return facts.flow.varies(call.node.args[0].value, loop, call.block, call.order)


@pytest.mark.parametrize(
    "source",
    [
        "for x in xs:\n    use(x)",
        "for i, x in enumerate(xs):\n    use(f'a {x}')",
        "for x in xs:\n    p = 'a' + x\n    use(p)",
        "n = 0\nwhile True:\n    use(n)\n    n += 1",
        "history = []\nwhile True:\n    history.append(ask())\n    use(history)",
        "d = {}\nfor x in xs:\n    d['k'] = x\n    use(d)",
        "[use(x) for x in xs]",
        "for x in xs:\n    if x:\n        p = 'a'\n    else:\n        p = x\n    use(p)",
        "for row in rows:\n    a, b = row\n    use(b)",
    ],
)
def test_what_the_loop_binds_or_changes_varies(facts_of, source):
    """Targets, what is made of them, and what is changed in place."""
    assert varies(facts_of(source)) is True


@pytest.mark.parametrize(
    "source",
    [
        "for x in xs:\n    use('a')",
        "p = 'a'\nfor x in xs:\n    use(p)",
        "def f(p):\n    for x in xs:\n        use(f'{p} b'.strip())",
        "for x in xs:\n    p = 'a'\n    use(p)",
        "for x in xs:\n    m = [dict(role='user')]\n    use(m)",
        "[use('a') for _ in range(3)]",
    ],
)
def test_what_no_pass_changes_does_not_vary(facts_of, source):
    """Constants, and names bound outside."""
    assert varies(facts_of(source)) is False


@pytest.mark.parametrize(
    "source", ["for x in xs:\n    use(load())", "for x in xs:\n    p = input()\n    use(p)"]
)
def test_unknown_calls_are_unknown(facts_of, source):
    """A call may give something else each time."""
    assert varies(facts_of(source)) is None


def test_calls_that_feed_an_expression(facts_of):
    """Data is followed through names, to the calls it came from."""
    facts = facts_of("""
        import litellm
        answer = litellm.completion()
        text = answer.choices[0].text
        print(f"{text}!")
    """)
    call = facts.tree.calls[-1]
    fed = facts.flow.calls_feeding(call.node.args[0].value, call.block, call.order)
    assert [facts.called(c) for c in fed] == ["litellm.completion"]


def test_names_made_of_each_other_are_followed_once(facts_of):
    """Each of twelve names is made of all of them, in every pass."""
    names = [f"x{number}" for number in range(12)]
    passes = "".join(f"    {name} = [{', '.join(names)}]\n" for name in names)
    facts = facts_of(f"for attempt in tries:\n{passes}    use(x0)")
    assert varies(facts) is None
