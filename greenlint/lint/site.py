"""A site: one part of a file, as far as its text tells what can happen in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from itertools import takewhile
from typing import Any, TypeVar

from greenlint.lint.outline import Outline
from greenlint.lint.part import Part
from greenlint.lint.reach import last_name, root_of
from greenlint.lint.spelling import SpelledNames, fixed_part, is_spelled_out

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallWords:
    """The words that tell whether a part of a file may call something.

    `called` are those of calls that are spelled out, `used` those that other calls start from.
    `anywhere` says that other names stand for it, so that no word tells.
    """

    called: frozenset[str]
    used: frozenset[str]
    anywhere: bool

    def are_in(self, part: Part) -> bool:
        """Whether a part may call it."""
        if self.anywhere or not self.called.isdisjoint(part.words):
            return True
        return bool(self.used) and not self.used.isdisjoint(part.used_words)

    def are_among(self, words: frozenset[str]) -> bool:
        """Whether code with these words may call it."""
        return self.anywhere or not (self.called.isdisjoint(words) and self.used.isdisjoint(words))


class FileWords:
    """The words of calls in one file, worked out once for all of its sites."""

    def __init__(self, outline: Outline, spelled: SpelledNames, *, is_test: bool = False) -> None:
        self.outline = outline
        self.spelled = spelled
        self.is_test = is_test
        self._known: dict[tuple[str, ...], CallWords] = {}
        self.answers: dict[object, Any] = {}

    def once(self, question: Callable[["FileWords"], T]) -> T:
        """The answer to a question about the file, which is asked of it only once."""
        if question not in self.answers:
            self.answers[question] = question(self)
        answer: T = self.answers[question]
        return answer

    def of(self, wanted: tuple[str, ...]) -> CallWords:
        """The words of what is of these kinds, or named by these globs."""
        words = self._known.get(wanted)
        if words is None:
            words = self._known[wanted] = self._words_of(wanted)
        return words

    def _words_of(self, wanted: tuple[str, ...]) -> CallWords:
        names = frozenset(name for kind in wanted for name in self.spelled.names(kind))
        called = frozenset().union(*map(self.spelled.call_words, wanted))
        # Other calls may be spelled in any way: by what holds the object, or by an import.
        others = (name for name in names if not is_spelled_out(name))
        used = frozenset().union(*(self.outline.names_from(self._seeds(n)) for n in others))
        renamed = frozenset(new for name in names for new in self._renamed(name))
        anywhere = any(map(self._is_handed_on, names)) or not renamed.isdisjoint(
            self.outline.handed_on
        )
        return CallWords(called.union(f"{new}(" for new in renamed), used, anywhere)

    def _renamed(self, name: str) -> Iterator[str]:
        """What imports call a function or class."""
        word = last_name(name) if ":" not in name else ""
        return (new for old, new in self.outline.renamed if old == word)

    def _is_handed_on(self, name: str) -> bool:
        word = last_name(name)
        if not self.outline.has_uncalled(word):
            return False
        if f".{word}" in self.outline.handed_on and self._may_own(name, word):
            return True
        is_function = ":" not in name and word in self.outline.imported
        return is_function and word in self.outline.handed_on

    def _may_own(self, name: str, word: str) -> bool:
        """Whether what `word` is an attribute of, somewhere, may be what leads to `name`.

        The gradient of a tensor is no `jax.grad`: that is handed on only by what an import gives a
        name to, or by what is given that. Of objects, and of what is returned, it can't be told.
        """
        root = root_of(name)
        if not root.isidentifier() or ":" in name or "()" in name:
            return True
        path = name.split(".")[:-1]
        leading = self.outline.imported_with(root).union(path)
        given = leading.union(f".{part}" for part in path)
        if not given.isdisjoint(self.outline.handed_on):
            leading = self.outline.names_from(leading)
        return not leading.isdisjoint(self.outline.owners(word))

    def makers(self, type_name: str) -> frozenset[str]:
        """The identifiers of what builds the objects of a type, where the file can mean them."""
        return self._seeds(f"{type_name}:")

    def _seeds(self, name: str) -> frozenset[str]:
        """The identifiers without which a name, or an object that it starts from, is not there."""
        if ":" in name:
            return frozenset().union(*map(self._seeds, self.spelled.constructors(name)))
        last = last_name(name)
        if "*" not in last:
            return frozenset({last})
        fragment = fixed_part(name)
        # No import leads to a name without a root, but something that is imported may have it.
        path = tuple(takewhile(str.isidentifier, name.split(".")))
        return self.outline.words_with(fragment) | self.outline.bound_with(fragment, path)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A function, or what stands outside of all functions, with the file around it.

    `looked_at` are the words of the calls that something is to be told of; None if it is not calls.
    What a site tells is cheap and errs on one side only: it may say that something can be there
    although it is not.
    """

    part: Part
    file: FileWords
    looked_at: CallWords | None = None

    @property
    def outline(self) -> Outline:
        """The outline of the file."""
        return self.file.outline

    @property
    def spelled(self) -> SpelledNames:
        """The names of the catalog that the file can mean."""
        return self.file.spelled

    def calls(self, *wanted: str) -> bool:
        """Whether anything of these kinds, or named by these globs, may be called here."""
        return self.file.of(wanted).are_in(self.part)

    def leads_to_word(self, *words: str) -> bool:
        """Whether any of these words stands here, or in a function that this one leads to."""
        reached = {self.part}
        pending = [self.part]
        while pending:
            part = pending.pop()
            if not part.words.isdisjoint(words):
                return True
            new = [f for f in self.outline.mentions.of(part) if f not in reached]
            reached.update(new)
            pending.extend(new)
        return False

    @property
    def has_it_in_loop(self) -> bool:
        """Whether what is looked at may stand in a loop or comprehension of this part."""
        if self.looked_at is None or not self.part.has_loop:
            return self.part.has_loop
        return self.looked_at.are_among(self.part.looped_words)

    @property
    def is_mentioned_elsewhere(self) -> bool:
        """Whether this is a function that anything else in the file can call or hand on."""
        mentioning = self.outline.mentions.by(self.part)
        return any(part is not self.part for part in mentioning)


# Tells of a site whether something can be true of what stands in it.
Possible = Callable[[Site], bool]


def once_of_part(question: Possible) -> Possible:
    """A question that is asked only once of each part, whatever calls it is asked for."""

    @wraps(question)
    def ask(site: Site) -> bool:
        key = (question, site.part)
        answer: bool | None = site.file.answers.get(key)
        if answer is None:
            answer = site.file.answers[key] = question(site)
        return answer

    return ask
