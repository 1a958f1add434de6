"""The tape: which nodes become one entry, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import dot, mean, relu, sin, total, where
from autograd.backpropagation import topological
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Entry, Tape


def tape(roots: Sequence[Symbol], arguments: Sequence[Symbol] = ()) -> Tape:
    return Tape(topological(roots), roots, arguments)


def only(root: Symbol, arguments: Sequence[Symbol] = ()) -> Entry:
    (entry,) = tape([root], arguments).entries
    return entry


a, b, c, x, y = (Symbol() for _ in range(5))


def test_a_chain_of_sums_of_products_is_one_entry() -> None:
    entry = only(a * x + b * y + c, [x, y])
    assert (entry.op, entry.divisor, entry.level, entry.batched) == (None, 1, 1, True)
    assert sorted(map(id, entry.inputs)) == [id(c)]
    assert {frozenset(pair) for pair in entry.pairs} == {frozenset([a, x]), frozenset([b, y])}


def test_dot_total_and_mean_are_sums() -> None:
    assert only(dot([a, b], [x, y], c)).pairs == [(a, x), (b, y)]
    assert only(dot([a, b], [x, y], c)).inputs == [c]
    assert only(total([a, b, a])).inputs == [a, b, a]
    entry = only(mean([a + b, a * b, c]))
    assert (entry.divisor, set(entry.inputs), entry.pairs) == (3, {a, b, c}, [(a, b)])


def test_a_mean_in_a_sum_stays() -> None:
    inner, outer = tape([mean([a, b]) + c]).entries
    assert (inner.divisor, outer.divisor) == (2, 1)
    assert outer.inputs == [inner.node, c]
    assert (inner.level, outer.level) == (1, 2)


def test_what_is_read_twice_stays() -> None:
    s, p = a + b, a * b
    entries = tape([total([s + p, s, p * p])]).entries
    assert {entry.node for entry in entries} >= {s, p}


def test_roots_stay() -> None:
    s = a + b
    assert next(entry.node for entry in tape([s, s + c]).entries) is s


def test_what_does_not_depend_on_the_sample_stays_apart() -> None:
    inner, outer = tape([a * b + x], [x]).entries
    assert (inner.batched, outer.batched) == (False, True)
    assert outer.inputs == [inner.node, x]


def test_zeros_are_left_out_and_other_constants_kept() -> None:
    assert only(sum([a, b])).inputs == [a, b]
    assert only(a + 2.0 + b).inputs == [a, 2.0, b]


def test_leaves_are_those_that_are_read() -> None:
    found = tape([sin(a) * x], [x, y])
    assert found.leaves == [a]
    assert found.batched >= {x, y}


def test_levels() -> None:
    r = relu(sin(a) + sin(b) * c)
    levels = {entry.node: entry.level for entry in tape([r]).entries}
    assert sorted(levels.values()) == [1, 1, 2, 3]
    assert levels[r] == 3


def test_what_only_comparisons_read_is_not_reached() -> None:
    s, t = sin(x), sin(y)
    root = where(s > 0, t, t * t)
    reached = {entry.node: entry.reached for entry in tape([root], [x, y]).entries}
    assert reached[s] is False
    assert reached[t] is True
    assert reached[root] is True


def test_long_sums_take_no_recursion() -> None:
    s = a
    for _ in range(5000):
        s = b + (c + s)
    assert len(only(s).inputs) == 10_001
