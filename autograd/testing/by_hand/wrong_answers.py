"""The wrong answers that usual slips lead to, with a sentence about each."""

from __future__ import annotations

import math

from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.explanations import MAX_SLIPS, Explainer, either
from autograd.testing.by_hand.found import UNLIKELY, Found
from autograd.testing.by_hand.region import Region
from autograd.testing.by_hand.slips import candidates, distinct, mean_sizes
from autograd.value import Value


def wrong_answers(sheet: Exercise, node: Value, most: int, apart: float) -> list[tuple[float, str]]:
    """Return up to `most` wrong gradients of `node` that slips lead to if all other answers are right.

    They are more than `apart` from the right gradient. Slips that lead to the same number have one sentence.
    """
    region = Region(sheet.nodes, node, {x: sheet.gradients[x] for x in sheet.asked if x is not node})
    if not region.consumers:
        return []
    slips: dict[float, list[Found]] = {}
    for slip in sorted(candidates(region, mean_sizes(sheet.nodes)), key=lambda slip: slip.rank):
        if slip.rank < UNLIKELY and math.isfinite(slip.number) and abs(slip.number - region.gradient) > apart:
            known = next((x for x in slips if math.isclose(x, slip.number, rel_tol=1e-3)), slip.number)
            slips.setdefault(known, []).append(slip)
    explainer = Explainer(sheet.names)
    return [
        (number, either([explainer.sentence(region, slip) for slip in distinct(found)[:MAX_SLIPS]]))
        for number, found in list(slips.items())[:most]
    ]
