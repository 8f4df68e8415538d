"""Budgets that code declares through greenlint's own API, held against those of the policy."""

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Scalar, Subject
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Metric, micro
from greenlint.policy.settings import PolicyFacts
from greenlint.units import UnitError, parse_carbon, parse_count, parse_energy

BUDGET = "greenlint.budget"
SCI = "greenlint.sci"
_JOULES_PER_KWH = 3_600_000
_DEPTH = 4  # callers of callers
# Arguments that set a limit, the metric of each, and how many millionths one unit of it has.
_LIMITS = {
    "energy": Metric.ENERGY,
    "kwh": Metric.ENERGY,
    "joules": Metric.ENERGY,
    "carbon": Metric.CARBON,
    "grams": Metric.CARBON,
    "tokens": Metric.TOKENS,
    "requests": Metric.REQUESTS,
}
_OWN_METRIC = {
    "greenlint.budget.energy": Metric.ENERGY,
    "greenlint.budget.carbon": Metric.CARBON,
    "greenlint.budget.tokens": Metric.TOKENS,
    "greenlint.budget.requests": Metric.REQUESTS,
}

relevant(__name__, kinds=[BUDGET, SCI])


@fact("named-budget", Subject.CALL)
def named_budget(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The name that greenlint's API is given: `declared` or `undeclared` by the policy, `unnamed`.

    Its value is the name. A name beside limits of its own is `own`, whether declared or not. No
    answer where there is no policy: the one that counts may be elsewhere.
    """
    if not isinstance(unit, Call) or not facts.policy.known:
        return None
    name = _name(facts, unit)
    if name is None:
        return None
    if not name:
        return Answer(frozenset({"unnamed"}))
    declared = name in _names(facts.policy, sci=facts.is_a(unit, SCI))
    words = {"declared" if declared else "undeclared"}
    if any(facts.argument(unit, limit).state is not State.ABSENT for limit in (*_LIMITS, "limit")):
        words.add("own")
    return Answer(frozenset(words), name)


@fact("inline-limit", Subject.CALL)
def inline_limit(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """A limit in code: `within` what the policy grants, or `above` it, and then what it grants.

    It is held against the budget of that name, else against the largest of the policy for the
    same metric and period.
    """
    if not isinstance(unit, Call):
        return None
    name = _name(facts, unit)
    if name is None:
        return None
    answer = None
    for metric, amount, assumed in _inline(facts, unit):
        found = _cap(facts, unit, metric, name)
        if found is None:
            continue
        cap, whose = found
        if amount > cap:
            return Answer(frozenset({"above"}), f"{whose} {amount_text(cap, metric)}", assumed)
        answer = Answer(frozenset({"within"}))
    return answer


@fact("budgeted", Subject.CALL, Subject.LOOP)
def budgeted(facts: Facts, unit: Unit, _: str) -> Answer:
    """Whether it runs under a budget of greenlint, as far as this file tells."""
    block = unit.block if isinstance(unit, Call) else unit
    return yes_or_no(_is_budgeted(facts, block, _DEPTH))


def _is_budgeted(facts: Facts, block: Block, depth: int) -> bool:
    """Whether a place, a function around it or one of their callers is under a budget."""
    for outer in block.ancestors():
        if outer.kind is BlockKind.FUNCTION and facts.decorated_by(outer, BUDGET, SCI):
            return True
        if facts.is_under(outer, BUDGET, SCI):
            return True
    function = facts.function_around(block)
    if function is None or depth == 0:
        return False
    return any(_is_budgeted(facts, call.block, depth - 1) for call in facts.callers(function))


def _name(facts: Facts, call: Call) -> str | None:
    """The name of a budget, empty when none is given, None when it is unknown."""
    argument = facts.role(call, "name")
    if argument.state is State.ABSENT:
        return ""
    known = facts.known(argument)
    if known is None or not isinstance(known.value, str) or known.assumed:
        return None
    # A lone text that begins with a digit is an amount, such as "2.5 kWh".
    return "" if known.value[:1].isdecimal() else known.value


def _names(policy: PolicyFacts, *, sci: bool) -> frozenset[str]:
    return frozenset(policy.sci if sci else (budget.name for budget in policy.budgets))


def _inline(facts: Facts, call: Call) -> list[tuple[Metric, float, bool]]:
    """The limits that a call sets by literals, in the units of `Amounts`."""
    found = []
    for name, metric in _LIMITS.items():
        known = facts.known(facts.argument(call, name))
        amount = _amount(name, known.value) if known else None
        if known and amount is not None:
            found.append((metric, amount, known.assumed))
    own = next((m for kind, m in _OWN_METRIC.items() if facts.is_a(call, kind)), None)
    for name in ("budget", "limit") if own else ():
        known = facts.known(facts.argument(call, name))
        amount = _amount(own.value, known.value) if known and own else None
        if own and known and amount is not None:
            found.append((own, amount, known.assumed))
    return found


def _amount(name: str, value: Scalar | None) -> float | None:
    """The amount in the units of `Amounts`; None when `value` is none for that argument."""
    try:
        match name, value:
            case "energy", str():
                return micro(parse_energy(value))
            case "carbon", str():
                return micro(parse_carbon(value))
            case (("tokens" | "requests"), _):
                return parse_count(value)
            case "kwh", int() | float():
                return micro(value * _JOULES_PER_KWH)
            case (("joules" | "grams"), int() | float()):
                return micro(value)
            case _:
                return None
    except UnitError:
        return None


def _cap(facts: Facts, call: Call, metric: Metric, name: str) -> tuple[int, str] | None:
    """The most that the policy grants of a metric, and whose limit that is."""
    policy = facts.policy
    named = next((found for found in policy.budgets if found.name == name), None)
    if named is not None:
        limit = named.limits.get(metric)
        return None if limit is None else (limit, f"`{name}` allows")
    per = facts.known(facts.argument(call, "per"))
    period = per.value if per else "run" if metric is Metric.REQUESTS else "call"
    limits = [found.limits.get(metric) for found in policy.budgets if found.per == period]
    largest = max(filter(None, limits), default=None)
    return None if largest is None else (largest, f"the largest of the policy per {period} allows")
