"""handwritten-attention: a softmax between two products of matrices, in one function.

A detector, because products are operators and methods of tensors, which no catalog can name.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.code_text import code_in
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.matcher import Hit
from greenlint.lint.outline import Outline
from greenlint.lint.part import WORD, Part
from greenlint.lint.rule import Rule
from greenlint.lint.site import FileWords, Site

# Softmax and products stand in one function, and what is around it changes nothing.
SELF_CONTAINED = True
_FUSED = "scaled_dot_product_attention"
_SOFTMAX = frozenset({"softmax", "Softmax"})
_PRODUCTS = frozenset({"matmul", "bmm", "einsum", "baddbmm"})
_MOST_SOFTMAXES = 20  # in one function; what has more is generated, and is followed no further
# Nothing is given back, and words are taken whole: that keeps these linear on any input.
_CALLED = re.compile(r"[sS]oftmax\w*+[ \t]*+(\(?)")
_NAMED = re.compile(r"^[ \t]*+(\w++)[ \t]*+=(?!=)([^\n(]*+)\(", re.MULTILINE)
_SOFTMAX_LAST = re.compile(r"(?<!\w)(?=\w*[sS]oftmax)\w++[ \t]*+$")
_RETURNED = re.compile(r"\breturn\b([^\n]*)")
_CALLEE = re.compile(r"(?<![\w.])[\w.]++$")
_ATTRIBUTE = re.compile(r"\b\w++[ \t]*+\.[ \t]*+[\w.]++")
_OPERATOR = re.compile(r"[\w)\]]\s*+@\s*+[\w(]")
_MENTIONED = re.compile(r"oftmax\b")
_AT_MARGIN = re.compile(r"\n(?=(?:def|class|async)\b)")


def possible_in(text: str) -> bool:
    """Whether any of the functions and classes that mention a softmax may attend.

    Hundreds of models hold one function that does and hands out its weights.
    """
    code = code_in(text)
    starts = [0, *(match.start() for match in _AT_MARGIN.finditer(code)), len(code)]
    mentioning = {bisect(starts, match.start()) for match in _MENTIONED.finditer(code)}
    definitions = (code[starts[n - 1] : starts[n]] for n in mentioning)
    return any(_may_attend(part) for d in definitions for part in Outline(d, code=d).parts)


def possible(site: Site) -> bool:
    """Whether a part of a file may hold a softmax and products, and nothing in it is fused."""
    return _may_attend(site.part) and not site.file.once(_is_fused)


def _is_fused(file: FileWords) -> bool:
    outline = file.outline
    return _FUSED in outline.code and any(_FUSED in part.used_words for part in outline.parts)


def _may_attend(part: Part) -> bool:
    if not _MENTIONED.search(part.code) or part.words.isdisjoint(_SOFTMAX):
        return False
    if part.words.isdisjoint(_PRODUCTS) and not _OPERATOR.search(part.code):
        return False
    named = [m for m in _NAMED.finditer(part.code) if _SOFTMAX_LAST.search(m[2])]
    called = sum(map(bool, _CALLED.findall(part.code)))
    if part.has_inner_function or called != len(named) or len(named) > _MOST_SOFTMAXES:
        return True
    return not all(_is_handed_out(m[1], part.code[m.end() :]) for m in named)


def _is_handed_out(name: str, rest: str) -> bool:
    """Whether the code behind a softmax returns its result as one of several, as it was named.

    Most attention that shows its weights does, and need not be parsed then.
    """
    given = re.findall(rf"\b{name}[ \t]*+=(?!=)[^\n]*", rest)
    if any(_OPERATOR.search(line) or _PRODUCTS.intersection(WORD.findall(line)) for line in given):
        return False
    returned = map(_without_groups, _RETURNED.findall(rest))
    return any("," in line and name in WORD.findall(_ATTRIBUTE.sub("", line)) for line in returned)


def _without_groups(line: str) -> str:
    """Less its calls and subscripts, from the first bracket to the last."""
    opens = [at for at in (line.find("("), line.find("[")) if at >= 0]
    first, last = min(opens, default=-1), max(line.rfind(")"), line.rfind("]"))
    if not 0 <= first < last:
        return line
    return _CALLEE.sub("", line[:first]) + line[last + 1 :]


def find(facts: Facts, rule: Rule) -> Iterator[Hit]:
    """The softmax calls whose scores are a product, and whose weights go into another."""
    if _FUSED in facts.tree.identifiers:
        return
    followed: Counter[Block] = Counter()
    for call in facts.tree.calls:
        function = facts.function_around(call.block)
        if function is None or last_name(call.node.func) not in _SOFTMAX:
            continue
        followed[function] += 1
        if followed[function] > _MOST_SOFTMAXES:
            continue
        if _scores_are_product(facts, call) and _weighs(facts, call, function):
            message = rule.message.replace("{call}", facts.callee_text(call))
            yield Hit(call, rule.severity, rule.confidence, message, rule.advice)


def _scores_are_product(facts: Facts, call: Call) -> bool:
    scores: list[cst.BaseExpression] = [arg.value for arg in call.node.args[:1]]
    if isinstance(call.node.func, cst.Attribute):
        scores.append(call.node.func.value)  # `scores.softmax(-1)`
    return any(
        _is_product(node)
        for score in scores
        for source, _, _ in facts.flow.sources(score, call.block, call.order)
        for node in nodes_in(source)
    )


def _is_product(node: cst.CSTNode) -> bool:
    match node:
        case cst.BinaryOperation(operator=cst.MatrixMultiply()):
            return True
        case cst.Call(func=func):
            return last_name(func) in _PRODUCTS
        case _:
            return False


def _weighs(facts: Facts, call: Call, function: Block) -> bool:
    """Whether the weights go into a product, and are not wanted for themselves."""
    products = filter(_is_product, nodes_in(function.node))
    if not any(_feeds(facts, call, node, function) for node in products):
        return False
    return not any(
        isinstance(jump.node, cst.Return)
        and isinstance(jump.node.value, cst.Tuple)
        and facts.function_around(jump.block) is function
        and _hands_out(facts, jump.node.value, call, function)
        for jump in facts.tree.jumps
    )


def _feeds(facts: Facts, call: Call, node: cst.CSTNode, function: Block) -> bool:
    return call in facts.flow.calls_feeding(node, facts.block_around(node), function.end)


def _hands_out(facts: Facts, value: cst.Tuple, call: Call, function: Block) -> bool:
    """Whether a returned tuple holds the weights as they are, as code that shows them does."""
    for element in value.elements:
        if isinstance(element.value, cst.Name):
            if call not in facts.flow.calls_feeding(element.value, function, function.end):
                continue
            sources = facts.flow.sources(element.value, function, function.end)
            if not any(_is_after(facts, source, call) for source, _, _ in sources):
                return True
    return False


def _is_after(facts: Facts, source: cst.BaseExpression, call: Call) -> bool:
    """Whether an expression is a product that comes behind the softmax."""
    nodes = list(nodes_in(source))
    if not any(map(_is_product, nodes)):
        return False
    return all(facts.tree.call_of[n].order > call.order for n in nodes if isinstance(n, cst.Call))
