"""`Marking`: the verdicts on gradients in backward order, each judged by what follows from those before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from autograd.backpropagation import propagate
from autograd.conversion import explanation
from autograd.graph import first_nonfinite, name_of
from autograd.printing.formulas import Names
from autograd.testing.by_hand.explanations import Explainer
from autograd.testing.by_hand.found import Found
from autograd.testing.by_hand.hand_report import Mark
from autograd.testing.by_hand.region import Region
from autograd.testing.by_hand.rounding_slips import digits_kept
from autograd.testing.by_hand.slips import find_slips, mean_sizes
from autograd.testing.by_hand.tolerances import Expected, Precision, expected_gradients, tolerance_of_rounding
from autograd.testing.checks.gradient_report import OUTSIDE_DOMAIN, outside_hint, undefined_hint
from autograd.value import Value

Kind = tuple[str, str]  # the name of a slip and its sentence


class Marking:
    """The `verdicts` on the `answers`, by node in backward order. `mark` explains them.

    `slips` returns the kinds of slips that are possible at a node, as far as they are known from other points. The
    answers for the nodes in `formulas` are not rounded.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        names: Names,
        answers: Mapping[Value, float],
        precision: Precision,
        slips: Callable[[Value], Collection[Kind]] = lambda node: (),
        formulas: Collection[Value] = (),
    ) -> None:
        self.nodes, self.names, self.answers, self.precision, self.slips = nodes, names, answers, precision, slips
        self.true = dict(propagate(nodes, {nodes[-1]: 1.0}))
        self.expected = expected_gradients(nodes, answers, precision, formulas)
        self.nonfinite = first_nonfinite(nodes[-1]) if math.isnan(nodes[-1].data) else None
        self.verdicts: dict[Value, str] = {}
        after_mistake: set[Value] = set()
        for node in reversed(nodes):
            is_off = node in after_mistake
            if node in answers:
                self.verdicts[node] = self._verdict(node, is_off)
                is_off = self.verdicts[node] != "right"
            if is_off:
                after_mistake.update(x for x in node.inputs if isinstance(x, Value))

    @property
    def hints(self) -> list[str]:
        """The hint on a loss or a gradient that is nan, if there is one."""
        if self.nonfinite is None:
            return [undefined_hint(self.nodes)] if "undefined" in self.verdicts.values() else []
        if math.isnan(self.nonfinite.data):
            return [outside_hint(self.nonfinite)]
        return [f"undefined: the loss is nan; the first infinite value is {name_of(self.nonfinite)}"]

    def _verdict(self, node: Value, is_after_mistake: bool) -> str:
        given, true = self.answers[node], self.true[node]
        if self.nonfinite is not None and math.isnan(self.nonfinite.data):
            return OUTSIDE_DOMAIN
        if self.nonfinite is not None or math.isnan(true):
            return "undefined"
        if given == true or abs(given - true) <= tolerance_of_rounding(true, self.precision.answers):
            return "right"
        if self.expected[node].accepts(given):
            return "follows" if is_after_mistake else "right"
        return "wrong"

    def mark(self, node: Value, *, with_slips: bool = True) -> Mark:
        """Return the mark of the answer for `node`. If it is wrong, explain it, by the slips that lead to it."""
        given, verdict = self.answers[node], self.verdicts[node]
        mark = Mark(self.names[node], given, self.true[node], verdict)
        if verdict != "wrong":
            return mark
        if not with_slips:
            text = f"The gradient of {mark.label} is {self.expected[node].gradient:.6g}, not {given:.6g}."
            return mark.but("wrong", explanation=text)
        region = Region(self.nodes, node, self.answers)
        slips = self._possible_slips(region)
        lines = Explainer(self.names).lines(region, given, slips)
        kinds = list(dict.fromkeys(slip.name for slip in slips))
        if not slips and (digits := digits_kept(self.nodes, node, self.answers, given, self.precision)):
            kinds = ["rounded too early"]
            number = f"{digits} digit{'s' * (digits > 1)}"
            lines.append(f"Numbers were rounded too early, to {number}: round only the result.")
        if lost := explanation([node]):
            lines.append(f"Perhaps the graph is not what you meant: {lost}")
        return mark.but("wrong", slip=kinds[0] if kinds else None, explanation="\n".join(lines), other_slips=kinds[1:])

    def kinds(self, node: Value) -> set[Kind]:
        """Return the kinds of slips that lead to a wrong answer for `node`."""
        if self.verdicts.get(node) != "wrong":
            return set()
        return {(slip.name, slip.sentence) for slip in self._possible_slips(Region(self.nodes, node, self.answers))}

    def _possible_slips(self, region: Region) -> list[Found]:
        node, given = region.node, self.answers[region.node]
        close = _Closeness(self.expected[node], self.precision)
        found = find_slips(region, given, close, mean_sizes(self.nodes))
        if self._is_exchanged(region, given, close):
            found.sort(key=lambda slip: slip.name != "swapped partials")
        kinds = self.slips(node) if found else ()
        return [slip for slip in found if (slip.name, slip.sentence) in kinds] or found

    def _is_exchanged(self, region: Region, given: float, close: _Closeness) -> bool:
        """Return True if the answers for the node and for another input of the same operation were exchanged."""
        for consumer, place in region.edges(region.consumers):
            if consumer.inputs[place] is not region.node:
                continue
            sent = [region.cotangents[consumer] * d for d in consumer.partials]
            for i, other in enumerate(consumer.inputs):
                answer = self.answers.get(other, math.nan) if isinstance(other, Value) else math.nan
                if i != place and close(given, sent[i]) and close(answer, sent[place]) and not close(answer, sent[i]):
                    return True
        return False


class _Closeness:
    """Compares a number with what a slip leads to, as exactly as the `expected` gradient is known."""

    def __init__(self, expected: Expected, precision: Precision) -> None:
        self.spread, self.digits = expected.spread, precision.answers

    def __call__(self, given: float, wanted: float) -> bool:
        return abs(given - wanted) <= tolerance_of_rounding(wanted, self.digits) + self.spread * abs(wanted)
