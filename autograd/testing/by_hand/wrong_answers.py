"""The wrong answers that usual slips lead to, with a sentence about each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd.testing.by_hand.marking import _EXPLANATIONS
from autograd.testing.checks.common_mistakes import Contribution, _candidates
from autograd.value import Value


def wrong_answers(arriving: Sequence[Contribution], nodes: Sequence[Value]) -> list[tuple[float, str]]:
    """Return the gradients that slips would give in place of the sum of the contributions, the likeliest first."""
    if not arriving:
        return []
    sizes = sorted({len(node.inputs) for node in nodes if node.op and node.op.name == "mean"})
    found = _candidates(sum(c.value for c in arriving), arriving, sizes)
    return [(number, _EXPLANATIONS[slip]) for slip, numbers in found for number in numbers if math.isfinite(number)]
