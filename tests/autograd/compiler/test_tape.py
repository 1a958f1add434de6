"""Normal form: which nodes become one entry, with which signs, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from autograd import dot, mean, relu, sin, total, where
from autograd.backpropagation import topological
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Entry, Tape, levels, places_read


def entries(roots: Sequence[Symbol], arguments: Sequence[Symbol] = ()) -> list[Entry]:
    nodes = [node for node in topological(roots) if node.op]
    return Tape(nodes, roots, set(arguments)).entries


def only(root: Symbol, arguments: Sequence[Symbol] = ()) -> Entry:
    (entry,) = entries([root], arguments)
    return entry


a, b, c, x, y = symbols = [Symbol() for _ in range(5)]
NAMES = dict(zip(symbols, "abcxy"))


def parts(entry: Entry) -> list[str]:
    """Return the terms and products of a sum as text, in alphabetical order."""

    def name(ref: Any) -> str:
        return NAMES.get(ref, "?") if isinstance(ref, Symbol) else str(ref)

    terms = [(sign, name(ref)) for sign, ref in entry.terms]
    pairs = [(sign, "*".join(sorted([name(v), name(w)]))) for sign, v, w in entry.pairs]
    return [f"{'-' if sign < 0 else ''}{text}" for sign, text in sorted(terms + pairs, key=lambda part: part[1])]


@pytest.mark.parametrize(
    ("root", "wanted"),
    [
        (a * x + b * y + c, ["a*x", "b*y", "c"]),
        (a - b, ["a", "-b"]),
        (-a, ["-a"]),
        (-(-a + b), ["a", "-b"]),
        (a - (b - (c - x)), ["a", "-b", "c", "-x"]),
        (a - (b * x - c * y), ["a", "-b*x", "c*y"]),
        (-(a * x) - total([b, c]), ["-a*x", "-b", "-c"]),
        (2 * a - 0.5 * b, ["-0.5*b", "2.0*a"]),
        (3.0 - a, ["3.0", "-a"]),
        (a + 2.0 + b, ["2.0", "a", "b"]),
        (total([a, 0.0, b]), ["a", "b"]),
        (total([a, b, a]), ["a", "a", "b"]),
        (dot([a, b], [x, y], c), ["a*x", "b*y", "c"]),
        (c - dot([a, b], [x, y], 1.0), ["-1.0", "-a*x", "-b*y", "c"]),
    ],
)
def test_a_sum_is_one_entry(root: Symbol, wanted: list[str]) -> None:
    entry = only(root)
    assert (entry.op, entry.node) == (None, root)
    assert parts(entry) == wanted


def test_a_mean_is_a_sum_of_its_own() -> None:
    found = entries([mean([a + b, a * b, c]) + c])
    inner, quotient, outer = found
    assert parts(inner) == ["a", "a*b", "b", "c"]
    assert (quotient.op and quotient.op.name, quotient.inputs[1]) == ("div", 3.0)
    assert parts(outer) == ["?", "c"]
    assert levels(places_read(found)) == [1, 2, 3]


def test_what_is_read_twice_stays() -> None:
    s, p = a + b, a * b
    assert {entry.node for entry in entries([total([s + p, s, p * p])])} >= {s, p}


def test_roots_stay() -> None:
    s = a + b
    assert entries([s, s + c])[0].node is s


def test_what_does_not_depend_on_the_sample_stays_apart() -> None:
    inner, outer = entries([a * b + x], [x])
    assert (inner.batched, outer.batched) == (False, True)
    assert set(outer.reads) == {inner.node, x}


def test_levels() -> None:
    r = relu(sin(a) + sin(b) * c)
    assert levels(places_read(entries([r]))) == [1, 1, 2, 3]


def test_what_only_comparisons_read_is_not_reached() -> None:
    s, t = sin(x), sin(y)
    root = where(s > 0, t, t * t)
    reached = {entry.node: entry.reached for entry in entries([root], [x, y])}
    assert (reached[s], reached[t], reached[root]) == (False, True, True)


def test_long_sums_take_no_recursion() -> None:
    s, t = a, b
    for i in range(5000):
        s = b + (c + s)
        t = c - t if i < 1000 else t + a
    assert len(only(s).terms) == 10_001
    assert sorted(sign for sign, _ in only(t).terms) == [-1.0] * 500 + [1.0] * 4501
