"""Find the slips that explain a wrong gradient: a wrong rule, a wrong sign, a path that was forgotten.

A slip is one change of the computation: another local derivative somewhere on the paths to the gradient, a path that is
left out, or another factor of the result. The usual wrong rules of an operation are in its record, as `Op.slips`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from autograd.backpropagation import topological
from autograd.testing.by_hand.found import LIKELY, LOCAL, POSSIBLE, UNLIKELY, Found
from autograd.testing.by_hand.local_slips import everywhere, wrong_partials, wrong_rules
from autograd.testing.by_hand.path_slips import cross_entropy, forgotten_inner, missing_paths
from autograd.testing.by_hand.region import Region
from autograd.value import Value

Close = Callable[[float, float], bool]

MAX_CONSUMERS = 400  # number of consumers, the nearest ones, at which slips are tried
MAX_ROUNDING = 6e-3  # relative: that of three digits
FACTORS = (3, 4, 5, 6, 7, 8, 9, 10, 12)


def find_slips(region: Region, given: float, close: Close, sizes: Sequence[int] = ()) -> list[Found]:
    """Return the slips that give the gradient `given` in place of the right one, likeliest first.

    `close` says whether a number that was given equals another one up to rounding, and `sizes` are the lengths of the
    means in the graph. Slips that give the number to its last digit come before those that give it up to rounding. An
    unlikely slip counts only if nothing else gives the number.
    """
    wanted = region.gradient
    if not region.consumers or not math.isfinite(given) or not math.isfinite(wanted):
        return []
    wrong = [f for f in candidates(region, sizes) if math.isfinite(f.number) and not close(f.number, wanted)]
    exact = [f for f in wrong if is_rounded_to(f.number, given)]
    best = exact or [f for f in wrong if f.rank < UNLIKELY and close(given, f.number)]
    rank = max(POSSIBLE, min((f.rank for f in best), default=POSSIBLE))
    found = distinct(sorted((f for f in best if f.rank <= rank), key=lambda f: f.rank))
    if found and found[0].rank == LIKELY:  # which says where a factor comes from
        found = [f for f in found if f.sentence not in ("factor missing", "factor extra")]
    return found if rank < UNLIKELY or len(found) == 1 else []


def have_slips_in_common(loss: Value, close: Close) -> bool:
    """Return True if two likely slips in the gradient of a node lead to the same wrong number.

    The gradients of all other nodes are taken as known. Exercises avoid such numbers, because a wrong answer then does
    not tell which of the slips was made.
    """
    nodes = topological([loss])
    known = Region(nodes, loss, {}).cotangents
    regions = (Region(nodes, node, known) for node in nodes)
    return any(_have_equal_slips(region, close) for region in regions if region.consumers)


def _have_equal_slips(region: Region, close: Close) -> bool:
    likely = [f for f in candidates(region, ()) if f.rank == LIKELY and not close(f.number, region.gradient)]
    return any(close(a, b) for a, b in pairwise(sorted(f.number for f in distinct(likely))))


def is_rounded_to(x: float, given: float) -> bool:
    """Return True if `given` is `x`, rounded to as many decimals as `given` shows and to three digits or more."""
    text = repr(given)
    decimals = 0 if "e" in text or text.endswith(".0") else len(text.partition(".")[2])
    unit = 10.0**-decimals if 0 < decimals < 12 else 0.0
    return abs(x - given) <= max(min(0.5000001 * unit, MAX_ROUNDING * abs(x)), 1e-9 * abs(x))


def mean_sizes(nodes: Sequence[Value]) -> list[int]:
    """Return the lengths of the means among `nodes`."""
    return sorted({len(node.inputs) for node in nodes if node.op and node.op.name == "mean"})


def distinct(found: Sequence[Found]) -> list[Found]:
    """Return `found` without slips that say of one number what one before says."""
    kept: list[Found] = []
    for f in found:
        alike = (k for k in kept if math.isclose(k.number, f.number, rel_tol=1e-9, abs_tol=1e-12))
        if not any(_say_the_same(k, f) for k in alike):
            kept.append(f)
    return kept


def _say_the_same(a: Found, b: Found) -> bool:
    """Return True if two slips are at one place, or are of one name and not both about a single local derivative."""
    has_place = a.consumer is not None and b.sentence != "no inner derivative"  # which is about all places
    is_one_place = has_place and a.consumer is b.consumer and a.place == b.place
    is_one_sign = b.sentence.startswith("sign of one") and a.rule is not None and a.factor == -1
    return is_one_place or is_one_sign or (a.name == b.name and not {a.sentence, b.sentence} <= LOCAL)


def candidates(region: Region, sizes: Sequence[int]) -> Iterator[Found]:
    """Yield all slips with the gradients that they lead to, the most specific ones first."""
    consumers = region.consumers[:MAX_CONSUMERS]
    yield _wrong_sign(region, consumers)
    for c in consumers:
        yield from wrong_rules(region, c)
    if consumers == region.consumers:
        yield from everywhere(region, consumers)
    for c, place in region.edges(consumers):
        yield from wrong_partials(region, c, place)
    yield from forgotten_inner(region, consumers)
    yield from missing_paths(region, consumers)
    yield from _wrong_factors(region, sizes)
    for c in consumers:
        yield from cross_entropy(region, c)
    yield from _other_numbers(region)


def _wrong_sign(region: Region, consumers: Sequence[Value]) -> Found:
    """Return the slip of the opposite sign, with the only negative local derivative if all paths go over it."""
    negative = [(c, place) for c, place in region.edges(consumers) if c.partials[place] < 0]
    if len(negative) == 1 and not region.has_ways_around(*negative[0]):
        return Found(LIKELY, "sign", -region.gradient, "sign of negative", *negative[0])
    return Found(LIKELY, "sign", -region.gradient, "sign")


def _wrong_factors(region: Region, sizes: Sequence[int]) -> Iterator[Found]:
    """Yield the slips of a constant factor of the whole gradient."""
    for n in dict.fromkeys((2, *sizes, *FACTORS)):
        rank = POSSIBLE if n == 2 or n in sizes else UNLIKELY
        yield Found(rank, "factor", region.gradient / n, "factor missing", factor=n)
        yield Found(rank, "factor", region.gradient * n, "factor extra", factor=n)


def _other_numbers(region: Region) -> Iterator[Found]:
    """Yield the numbers that may be taken for the gradient: that of another node, its reciprocal, the value."""
    for other, cotangent in reversed(region.cotangents.items()):
        if other is not region.node and cotangent not in (0.0, 1.0):
            yield Found(UNLIKELY, "exchanged", cotangent, "gradient of another", other)
    if region.gradient:
        yield Found(UNLIKELY, "reciprocal", 1 / region.gradient, "reciprocal of all")
    yield Found(UNLIKELY, "value", region.node.data, "own value")
