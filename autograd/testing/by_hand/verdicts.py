"""`Marking`: the verdicts on gradients in backward order, each judged by what follows from those before it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

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
    """The marks of the `answers`, by node in backward order.

    `slips` are the kinds of slips that are possible at a node, if they are known from other points.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        names: Names,
        answers: Mapping[Value, float],
        precision: Precision,
        slips: Mapping[Value, Collection[Kind]] | None = None,
    ) -> None:
        self.nodes, self.names, self.answers, self.precision = nodes, names, answers, precision
        self.true = dict(propagate(nodes, {nodes[-1]: 1.0}))
        self.expected = expected_gradients(nodes, answers, precision)
        self.sizes = mean_sizes(nodes)
        self.nonfinite = first_nonfinite(nodes[-1]) if math.isnan(nodes[-1].data) else None
        self.slips = slips or {}
        self.found: dict[Value, list[Kind]] = {}
        self.marks: dict[Value, Mark] = {}
        after_mistake: set[Value] = set()
        for node in reversed(nodes):
            is_off = node in after_mistake
            if node in answers:
                self.marks[node] = self._mark(node, is_off)
                is_off = self.marks[node].verdict != "right"
            if is_off:
                after_mistake.update(x for x in node.inputs if isinstance(x, Value))

    @property
    def hints(self) -> list[str]:
        """The hint on a loss or a gradient that is nan, if there is one."""
        if self.nonfinite is None:
            is_undefined = any(mark.verdict == "undefined" for mark in self.marks.values())
            return [undefined_hint(self.nodes)] if is_undefined else []
        if math.isnan(self.nonfinite.data):
            return [outside_hint(self.nonfinite)]
        return [f"undefined: the loss is nan; the first infinite value is {name_of(self.nonfinite)}"]

    def _mark(self, node: Value, is_after_mistake: bool) -> Mark:
        given, true = self.answers[node], self.true[node]
        mark = Mark(self.names[node], given, true, "right")
        if self.nonfinite is not None and math.isnan(self.nonfinite.data):
            return mark.but(OUTSIDE_DOMAIN)
        if self.nonfinite is not None or math.isnan(true):
            return mark.but("undefined")
        if given == true or abs(given - true) <= tolerance_of_rounding(true, self.precision.answers):
            return mark
        if self.expected[node].accepts(given):
            return mark.but("follows") if is_after_mistake else mark
        return self._explained(node, mark)

    def _explained(self, node: Value, mark: Mark) -> Mark:
        """Return the `mark` of a wrong gradient with its slips and its explanation."""
        given, region = mark.by_hand, Region(self.nodes, node, self.answers)
        slips = self._possible_slips(node, region, given)
        self.found[node] = [(slip.name, slip.sentence) for slip in slips]
        lines = Explainer(self.names).lines(region, given, slips)
        kinds = list(dict.fromkeys(slip.name for slip in slips))
        if not slips and (digits := digits_kept(self.nodes, node, self.answers, given, self.precision)):
            kinds = ["rounded too early"]
            lines.append(
                f"Numbers were rounded too early, to {digits} digit{'s' * (digits > 1)}: round only the result."
            )
        if lost := explanation([node]):
            lines.append(f"Perhaps the graph is not what you meant: {lost}")
        return mark.but("wrong", slip=kinds[0] if kinds else None, explanation="\n".join(lines), other_slips=kinds[1:])

    def _possible_slips(self, node: Value, region: Region, given: float) -> list[Found]:
        close = _Closeness(self.expected[node], self.precision)
        found = find_slips(region, given, close, self.sizes)
        if self._is_exchanged(region, given, close):
            found.sort(key=lambda slip: slip.name != "swapped partials")
        fitting = [slip for slip in found if (slip.name, slip.sentence) in self.slips.get(node, ())]
        return fitting or found

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
