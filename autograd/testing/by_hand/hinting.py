"""Hints at the first mistake of a worksheet, in place of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.operation import Op
from autograd.printing.formulas import Names
from autograd.printing.text import Text
from autograd.value import Value

MAX_HINTS = 3
_RULES = {"add": "sum", "sub": "difference", "mul": "product", "div": "quotient", "power": "power"}


def check_hints(hints: int) -> int:
    """Return `hints`, or raise ValueError if it is not an integer from 0 to 3."""
    if isinstance(hints, bool) or not isinstance(hints, int) or not 0 <= hints <= MAX_HINTS:
        raise ValueError(f"hints must be an integer from 0 to {MAX_HINTS}, got {hints!r}")
    return hints


def hint_at(node: Value, nodes: Sequence[Value], names: Names, level: int) -> str:
    """Return a hint at the gradient of `node`: 1 says where to look, 2 also names the rule, 3 also the factor.

    No hint contains the gradient, so a factor that is a number is not written out.
    """
    uses = [(consumer, i) for consumer in nodes for i, x in enumerate(consumer.inputs) if x is node]
    lines = [f"Look at the gradient of {names[node]} first."]
    if level > 1 and not uses:
        lines.append("The derivative of a node with respect to itself is 1.")
    if level > 1 and len(uses) > 1:
        lines.append(f"{names[node]} is used {len(uses)} times: add the contributions of all uses.")
    consumers = dict.fromkeys(consumer for consumer, _ in uses)
    lines += [_rule(consumer, names) for consumer in consumers if level > 1]
    lines += [_factor(consumer, i, names) for consumer, i in uses if level > 2]
    return "\n".join(lines)


def _rule(consumer: Value, names: Names) -> str:
    shown = Text.equal(names.write(consumer, Text), names.definition(consumer, Text))
    return f"{shown}: use {_name_of_rule(consumer.op)}." if consumer.op else ""


def _name_of_rule(op: Op) -> str:
    return f"the {_RULES[op.name]} rule" if op.name in _RULES else f"the derivative of {op.name}"


def _factor(consumer: Value, place: int, names: Names) -> str:
    partial = Text.partial(names.write(consumer, Text), names.write(consumer.inputs[place], Text))
    formula = names.partials(consumer, Text)[place]
    shown = partial.code if formula.is_number else Text.equal(partial, formula)
    return f"Multiply the gradient of {names[consumer]} by {shown}{', a constant' * formula.is_number}."
