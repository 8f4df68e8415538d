"""The outline keeps what can matter, and says where it stood."""

import time
from textwrap import dedent

import pytest

from greenlint.lint.outline import Outline
from greenlint.lint.parsing import parse
from greenlint.lint.slicing import Relevance, functions_alone, slice_of

SOURCE = dedent('''
    import torch

    LIMIT = 3

    def helper(x):
        return x + 1

    def caller():
        for _ in range(3):
            asks()

    def asks():
        return create(LIMIT)

    class Chat:
        """Chats."""

        def __init__(self):
            self.client = make()

        @property
        def unrelated(self):
            return (
                1
            )

        def ask(self):
            return self.client.create()
    ''')


def sliced_text(text, relevance):
    outline = Outline(text)
    starts = [part for part in outline.parts if relevance.covers(part.words)]
    return slice_of(outline, relevance, starts)


def sliced(*words):
    return sliced_text(SOURCE, Relevance(frozenset(words)))


def test_what_mentions_a_word_stays_with_its_callers():
    """`asks` creates, `caller` calls it; the helper loses its body and keeps its name."""
    text = sliced("create").text
    assert "create(LIMIT)" in text
    assert "asks()" in text
    assert "x + 1" not in text
    assert "def helper(*args, **kwargs): ..." in text


def test_a_function_alone_has_nothing_around_it():
    """A method stands in some class, and every line knows where it stood."""
    outline = Outline(SOURCE)
    alone = functions_alone(outline, {f for f in outline.functions if f.name in {"asks", "ask"}})
    assert [f.name for f in Outline(alone.text).functions] == ["asks", "ask"]
    assert parse(alone.text)
    assert "make()" not in alone.text
    line = 1 + alone.text.split("\n").index("        return self.client.create()")
    assert (
        SOURCE.split("\n")[alone.original_line(line) - 1] == "        return self.client.create()"
    )


def test_what_is_outside_of_functions_is_never_alone():
    outline = Outline(SOURCE)
    alone = functions_alone(outline, {outline.rest}).text
    assert "LIMIT = 3" in alone
    assert "create(LIMIT)" not in alone


def test_constructors_and_module_level_always_stay():
    """What a method relies on is there even when the method's words are not."""
    text = sliced("nothing").text
    assert "self.client = make()" in text
    assert "LIMIT = 3" in text
    assert "self.client.create()" not in text


def test_lines_point_back():
    """Every line of the slice that is no stub stands at its number in the whole."""
    piece = sliced("create")
    whole = SOURCE.split("\n")
    for number, line in enumerate(piece.text.split("\n"), start=1):
        if "*args" not in line:
            assert whole[piece.original_line(number) - 1] == line


def test_a_slice_parses_and_binds_the_same_names():
    """A stub keeps the decorated method's indentation."""
    tree = parse(sliced("nothing").text)
    assert [getattr(node, "name", None) for node in tree.body[2:]] == [
        "helper",
        "caller",
        "asks",
        "Chat",
    ]


def test_all_of_it_when_everything_matters():
    """No copy is made when nothing can be left out."""
    text = "def f():\n    create()\n"
    assert sliced_text(text, Relevance(frozenset({"create"}))).text is text


def test_definitions_that_share_a_line_are_left_alone():
    """`if x: ...; def` can't be cut by lines."""
    text = "class A: \n    x = 1; y = 2\n    def f(self): return 1\n"
    piece = sliced_text(text, Relevance(frozenset()))
    assert "return 1" not in piece.text
    parse(piece.text)


def test_text_that_looks_like_code_is_left_alone():
    """A definition in a prompt is part of the prompt."""
    text = dedent("""
        PROMPT = f'''
        def example():
            return 1
        '''
        def unrelated():
            return '''
        def other(): '''
        """)
    piece = sliced_text(text, Relevance(frozenset()))
    assert "return 1" in piece.text
    assert "def other" not in piece.text
    parse(piece.text)


def test_what_stands_behind_a_long_string_is_in_the_same_function_and_loops():
    source = dedent('''
        def ask(items):
            for item in items:
                prompt = """
        Name
        {}
        """.format(item)
                send(prompt)
            done()

        def other():
            pass
    ''')
    ask, other = Outline(source).functions
    assert (ask.first, ask.end) == (1, 10)
    assert "send" in ask.looped_words
    assert "done" not in ask.looped_words
    assert other.name == "other"


def test_an_import_goes_on_behind_a_backslash():
    assert Outline("import os, \\\n    torch\nx = y\n").imported == {"import", "os", "torch"}


def test_long_headers_and_decorators_go_with_their_function():
    """A parenthesis at the margin ends nothing."""
    text = dedent("""
        @decorated(
            1,
        )
        @again
        def unrelated(
            a,
        ):
            # at the end
            return a

        x = 1
        """)
    piece = sliced_text(text, Relevance(frozenset()))
    assert piece.text.strip() == "def unrelated(*args, **kwargs): ...\nx = 1"
    assert piece.original_line(2) == 6


def test_names_of_objects_that_are_called_matter():
    """`llm(prompt)` says nothing of what it is; `llm = Model()` does."""
    text = "llm = Model()\ndef ask(p):\n    return llm(p)\ndef unrelated(p):\n    return p\n"
    text += "class A:\n    def __init__(self):\n        self.m = Model()\n"
    text += "    def ask(self, p):\n        return self.m(p)\n"
    piece = sliced_text(text, Relevance(frozenset(), makers=frozenset({"Model"})))
    assert "return llm(p)" in piece.text
    assert "return self.m(p)" in piece.text
    assert "return p" not in piece.text


@pytest.mark.parametrize("word", ["a", "0", "a:", "a: ", "lambda:", "a,"])
def test_a_long_line_takes_no_longer_than_its_length(word: str) -> None:
    """What is given a name is looked for once in a line, not once for each of its characters."""
    started = time.monotonic()
    sliced_text(word * 200_000, Relevance(frozenset({"f"}), makers=frozenset({"f"})))
    assert time.monotonic() - started < 10
