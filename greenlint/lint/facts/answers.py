"""What becomes of a generated answer: a label, a number, yes or no."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.prompts import prompt_text
from greenlint.lint.facts.schemas import Schemas
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# What a prompt says when it wants a few tokens, and when it wants reasons all the same.
_QUOTE = "[\"'*`]*"
_SHORT_THINGS = "number|label|category|letter|score|class|rating|digit|sentiment|integer"
_SAYS = r"(answer|respond|reply|return|output)\s(only\s)?(with\s)?(an?|the|one)"
_WANTS = "(answer|respond|reply|return|output|say|print|give|score|grade|only|just|either|with)"
_CHOICES = "categor|label|class|option|intent|sentiment"
_ASKS_SHORT = re.compile(
    "|".join(
        (
            rf"\b{_WANTS}\b[^.\n]{{0,40}}\b(yes|true){_QUOTE}\s*(or|/)\s*{_QUOTE}(no|false)\b",
            r"\b(one|single|1)[ -](word|number|digit|letter|integer|token)\b",
            rf"\b(just|only)\s(\w+\s)?(with\s)?the\s({_SHORT_THINGS})\b",
            rf"\b(exactly\s)?one\sof\s(the|these)\s(following\s)?({_CHOICES})",
            rf"\b{_SAYS}\s({_SHORT_THINGS})\s(from|between)\s\d",
            r"\b(classify|label|categori[sz]e)\b[^.\n]{0,60}\b(as|into)\b[^.\n]{0,60}\bor\s\w+\b",
            r"\bmax(imum)?\s(of\s)?\d+\swords\b|\bin\s\d+\swords\sor\s(less|fewer)\b",
        )
    ),
    re.IGNORECASE,
)
_ASKS_REASONS = re.compile(
    r"step[ -]by[ -]step|explain|explanation|reason|rationale|justif|json|in detail|essay|report"
    r"|summar|code|list of|elaborate|feedback|describe|story|article",
    re.IGNORECASE,
)
# What a prompt says when the answer is as long as it takes.
_ASKS_LONG = re.compile(
    r"\b(rewrite|transcri\w+|essay|chapter|blog post|long[ -]form|in detail"
    r"|detailed report|full (text|article|content)|complete (code|program|file))\b",
    re.IGNORECASE,
)
# Where an answer's text sits in the responses of the SDKs.
_TEXT_ATTRIBUTES = frozenset({"content", "text", "output_text", "response", "message", "output"})
_WAYS = _TEXT_ATTRIBUTES | {
    *("choices", "candidates", "parts", "parsed", "output_parsed", "delta", "generations"),
    *("strip", "lower", "upper", "casefold", "split", "replace", "lstrip", "rstrip", "title"),
}
_TRUTH_VALUES = frozenset({"yes", "no", "true", "false", "y", "n"})
_LONGEST_LABEL = 40


class Answers:
    """Tells what the answers of one module's requests are used for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._schemas = facts.extension(Schemas)

    def is_long(self, call: Call) -> bool:
        """Whether a long text is asked for, such as a chapter."""
        text = " ".join(prompt_text(self._facts, call).literal)
        return _ASKS_LONG.search(text) is not None

    # -- short answers -----------------------------------------------------------------------

    def is_short(self, call: Call) -> bool:
        """Whether the answer is used as a label, a number or a truth value."""
        if self._asks_for_short(call) or self._has_fixed_fields(call):
            return True
        words: set[str] = set()
        for use in self._uses(call):
            words.update(self._keys_looked_up(use))
            if self._is_one_of_many_fields(use):
                return False
            if self._is_number(use):
                return True
            words.update(self._words_against(use))
        return not words.isdisjoint(_TRUTH_VALUES) or len(words) > 1

    def is_constrained(self, call: Call) -> bool:
        """Whether the decoder itself allows for nothing but one of a few words."""
        kind = self._facts.arguments.find(call, "config.response_mime_type")
        known = self._facts.known(kind)
        return known is not None and "enum" in str(known.value)

    def _asks_for_short(self, call: Call) -> bool:
        text = " ".join(prompt_text(self._facts, call).literal)
        return bool(_ASKS_SHORT.search(text)) and not _ASKS_REASONS.search(text)

    def _has_fixed_fields(self, call: Call) -> bool:
        """Whether the answer has to fit a type of numbers, truth values and choices."""
        schema = self._facts.role(call, "schema")
        if schema.state is State.PRESENT:
            return self._schemas.is_fixed(schema.value)
        return any(self._schemas.is_fixed(form) for form in self._bound_forms(call))

    def _bound_forms(self, call: Call) -> Iterator[cst.BaseExpression]:
        """What the model was told to fill in before: `model.with_structured_output(Verdict)`."""
        func = call.node.func
        receiver = func.value if isinstance(func, cst.Attribute) else func
        for before in self._facts.flow.calls_feeding(receiver, call.block, call.order):
            match before.node:
                case cst.Call(
                    func=cst.Attribute(attr=cst.Name(value="with_structured_output")),
                    args=[cst.Arg(value=form), *_],
                ):
                    yield form
                case _:
                    continue

    def _is_one_of_many_fields(self, node: cst.CSTNode) -> bool:
        """Whether an expression reads a field beside which the answer has free text."""
        if not isinstance(node, cst.Attribute) or node.attr.value in _TEXT_ATTRIBUTES:
            return False
        return self._schemas.has_text_beside(node.attr.value)

    def _uses(self, call: Call) -> Iterator[cst.CSTNode]:
        """The expressions that read the answer's text, through up to three names."""
        yield from self._text_around(call.node)
        names = list(self._bound_to(call.node, call.block))
        for _ in range(3):
            following: list[Binding] = []
            for binding in names:
                for use in self._reads_of(binding):
                    yield from self._text_around(use)
                    following.extend(self._bound_to(use, binding.block))
            names = following

    def _text_around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """`node` with what follows it, where that is the answer's text."""
        top, is_text = self._followed(node)
        if is_text and top is not None:
            yield top

    def _followed(self, node: cst.CSTNode) -> tuple[cst.CSTNode | None, bool]:
        """`node` with the attributes, indexes and string methods that follow it.

        None where they lead elsewhere than to the answer's text; and whether they reach it.
        """
        current, parent = node, self._facts.parent(node)
        is_text = isinstance(node, cst.Name)
        while parent is not None:
            match parent:
                case cst.Attribute(value=value, attr=cst.Name(value=name)) if value is current:
                    if not self._leads_to_text(name):
                        return None, False
                    is_text = is_text or name in _TEXT_ATTRIBUTES
                case cst.Subscript(value=value) if value is current:
                    pass
                case cst.Call(func=func) if func is current:
                    pass
                case cst.Await():
                    pass
                case _:
                    break
            current, parent = parent, self._facts.parent(parent)
        return current, is_text

    def _leads_to_text(self, name: str) -> bool:
        """Whether an attribute leads to the answer's text, or is a field of a class of answers."""
        return name in _WAYS or self._schemas.is_field(name)

    def _is_number(self, node: cst.CSTNode) -> bool:
        """Whether an expression is turned into a number."""
        argument = self._facts.parent(node)
        match self._facts.parent(argument) if isinstance(argument, cst.Arg) else None:
            case cst.Call(func=cst.Name(value="int" | "float")):
                return True
            case _:
                return False

    def _words_against(self, node: cst.CSTNode) -> Iterator[str]:
        """The words that an expression is held against."""
        if not _is_text_of_answer(node):
            return
        parent = self._facts.parent(node)
        match parent:
            case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator, other)]):
                if left is node and isinstance(operator, cst.Equal | cst.In | cst.NotIn):
                    yield from _words(other)
            case cst.ComparisonTarget(operator=cst.In() | cst.Equal()):
                comparison = self._facts.parent(parent)
                if isinstance(comparison, cst.Comparison):
                    yield from (w for w in _words(comparison.left) if w in _TRUTH_VALUES)
            case _:
                return

    def _keys_looked_up(self, node: cst.CSTNode) -> Iterator[str]:
        """The keys of a literal dict in which an answer, or each line of it, is looked up."""
        for read in (node, *self._lines(node)):
            table = self._table_around(read)
            block = self._facts.block_around(read)
            for source, _, _ in self._facts.flow.sources(table, block, block.scope.end):
                if isinstance(source, cst.Dict):
                    for pair in source.elements:
                        if isinstance(pair, cst.DictElement):
                            yield from _words(pair.key)

    def _lines(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a comprehension without a condition makes of each part of a text."""
        loop = self._facts.parent(node)
        if isinstance(loop, cst.CompFor) and loop.iter is node and not loop.ifs:
            comprehension = self._facts.parent(loop)
            for inner in nodes_in(comprehension) if comprehension is not None else ():
                if isinstance(inner, cst.Name) and inner.value == last_name(loop.target):
                    yield inner

    def _table_around(self, node: cst.CSTNode) -> cst.BaseExpression | None:
        """`table` of `table[node]` and `table.get(node)`."""
        around = self._facts.parent(node)
        match around, self._facts.parent(around) if around is not None else None:
            case cst.Index(), cst.SubscriptElement() as element:
                subscript = self._facts.parent(element)
                return subscript.value if isinstance(subscript, cst.Subscript) else None
            case cst.Arg(), cst.Call(func=cst.Attribute(value=table, attr=cst.Name(value="get"))):
                return table
            case _:
                return None

    def _bound_to(self, node: cst.CSTNode, block: Block) -> Iterator[Binding]:
        """The names that a statement gives the value around `node`."""
        top, _ = self._followed(node)
        for bindings in block.scope.bindings.values():
            for binding in bindings:
                if binding.kind is BindingKind.ASSIGN and binding.value is top:
                    yield binding

    def _reads_of(self, binding: Binding) -> Iterator[cst.Name]:
        for node in self._facts.tree.parents:
            if isinstance(node, cst.Name) and node.value == binding.name:
                scope = _own_scope(self._facts.block_around(node))
                if scope is _own_scope(binding.block) and node is not binding.node:
                    yield node


def _own_scope(block: Block) -> Block:
    """The scope of a function, class or module, comprehensions left out."""
    scope = block.scope
    while scope.kind is BlockKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent.scope
    return scope


def _words(node: cst.BaseExpression) -> Iterator[str]:
    """The short literals that an expression is made of."""
    match node:
        case cst.SimpleString():
            word = node.raw_value.strip(" .!\n").lower()
            if 0 < len(word) <= _LONGEST_LABEL:
                yield word
        case cst.List() | cst.Tuple() | cst.Set():
            for element in node.elements:
                yield from _words(element.value)
        case _:
            return


def _is_text_of_answer(node: cst.CSTNode) -> bool:
    """Whether an expression ends in the text of an answer, not in its state or type."""
    match node:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name))):
            return name in {"strip", "lower", "upper", "casefold", "rstrip", "lstrip"}
        case cst.Name() | cst.Attribute():
            return True
        case _:
            return False


@fact("answer", Subject.CALL)
def answer(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`short` when the answer is used as a label, a number or a truth value.

    `constrained` when the decoder allows for nothing but one of a few words; `long` when a long
    text is asked for, such as a chapter.
    """
    if not isinstance(unit, Call):
        return None
    answers = facts.extension(Answers)
    if answers.is_constrained(unit):
        return Answer(frozenset({"constrained"}))
    if answers.is_short(unit):
        return Answer(frozenset({"short"}))
    return Answer(frozenset({"long"} if answers.is_long(unit) else ()))
