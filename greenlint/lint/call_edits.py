"""Keyword arguments added, changed and removed on a libcst call, in the layout that it has."""

from collections.abc import Sequence

import libcst as cst

_SPACE = cst.SimpleWhitespace(" ")
_NONE = cst.SimpleWhitespace("")


def with_keyword(call: cst.Call, name: str, value: str) -> cst.Call | None:
    """The call with `name=value`; None where `**kwargs` or a bare generator may say otherwise."""
    expression = cst.parse_expression(value)
    for number, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == name:
            args = list(call.args)
            args[number] = arg.with_changes(value=expression)
            return call.with_changes(args=args)
    if any(arg.star or _is_bare_generator(arg) for arg in call.args):
        return None
    keyword = cst.Arg(
        expression,
        keyword=cst.Name(name),
        equal=cst.AssignEqual(whitespace_before=_NONE, whitespace_after=_NONE),
    )
    return call.with_changes(args=_appended(call, keyword))


def with_position(call: cst.Call, place: int, value: str) -> cst.Call:
    """The call with another value for the argument that it gives by position at `place`."""
    args = list(call.args)
    args[place] = args[place].with_changes(value=cst.parse_expression(value))
    return call.with_changes(args=args)


def without_keyword(call: cst.Call, name: str) -> cst.Call | None:
    """The call without the keyword `name`; None when it is not written there."""
    args = list(call.args)
    number = next(
        (i for i, arg in enumerate(args) if arg.keyword is not None and arg.keyword.value == name),
        None,
    )
    if number is None:
        return None
    gone = args.pop(number)
    if number == len(args) and args:
        # What stands before the closing parenthesis stays there.
        args[-1] = args[-1].with_changes(
            comma=gone.comma, whitespace_after_arg=gone.whitespace_after_arg
        )
    if not args:
        return call.with_changes(args=[], whitespace_before_args=_NONE)
    return call.with_changes(args=args)


def _is_bare_generator(arg: cst.Arg) -> bool:
    return isinstance(arg.value, cst.GeneratorExp) and not arg.value.lpar


def _appended(call: cst.Call, new: cst.Arg) -> Sequence[cst.Arg]:
    """The arguments with one more at the end, laid out as the others are."""
    if not call.args:
        return [new]
    *before, last = call.args
    between = _between(call)
    if isinstance(last.comma, cst.Comma):
        closing = last.comma.whitespace_after
        old = last.with_changes(comma=_comma(closing, between))
        return [*before, old, new.with_changes(comma=cst.Comma(whitespace_after=_bare(closing)))]
    closing = last.whitespace_after_arg
    old = last.with_changes(comma=_comma(closing, between), whitespace_after_arg=_NONE)
    return [*before, old, new.with_changes(whitespace_after_arg=_bare(closing))]


def _between(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands between two arguments of the call: a space, or a new line and its indent."""
    first = call.args[0]
    if len(call.args) > 1 and isinstance(first.comma, cst.Comma):
        return _bare(first.comma.whitespace_after)
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        return _bare(call.whitespace_before_args)
    return _SPACE


def _comma(
    closing: cst.BaseParenthesizableWhitespace, between: cst.BaseParenthesizableWhitespace
) -> cst.Comma:
    """A comma and what follows it; comments that stood behind the argument stay there."""
    match closing, between:
        case cst.ParenthesizedWhitespace(), cst.ParenthesizedWhitespace():
            kept = between.with_changes(
                first_line=closing.first_line, empty_lines=closing.empty_lines
            )
            return cst.Comma(whitespace_after=kept)
        case cst.ParenthesizedWhitespace(), _ if _has_comment(closing):
            # Everything on one line but for a comment behind it: the new one goes below.
            return cst.Comma(whitespace_after=closing)
        case _:
            return cst.Comma(whitespace_after=between)


def _has_comment(space: cst.ParenthesizedWhitespace) -> bool:
    below = any(line.comment is not None for line in space.empty_lines)
    return below or space.first_line.comment is not None


def _bare(space: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """The same break without comments and empty lines."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    line = cst.TrailingWhitespace(whitespace=_NONE, newline=space.first_line.newline)
    return space.with_changes(first_line=line, empty_lines=[])
