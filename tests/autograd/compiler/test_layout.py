"""The layout: entries of one kind stand side by side, and every number has a row of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Value, dot, logsumexp, sin, tanh, total
from autograd.backpropagation import topological
from autograd.compiler.layout import Layout
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Tape
from tests.autograd.compiler.against_eager import check, normal


def layout(root: Symbol, arguments: Sequence[Symbol] = (), parameters: Sequence[Symbol] = ()) -> Layout:
    return Layout(Tape(topological([root]), [root], arguments), [("x", arguments)], parameters)


def values(count: int) -> list[Symbol]:
    return [Symbol(source=Value(float(i))) for i in range(count)]


def test_s_has_constants_then_leaves_then_parameters() -> None:
    w, leaf, x = values(3)
    found = layout((w * 2.0 + leaf) * x + 3.0, [x], [w])
    assert sorted(found.constants) == [2.0, 3.0]
    assert found.leaves == [leaf]
    assert (found.row(leaf), found.row(w), found.theta.start) == (2, 3, 3)
    assert (found.buffer(w), found.buffer(2.0), found.buffer(x)) == ("S", "S", "V")
    assert found.row(x) == 0
    assert found.sizes["S"] == 5


def test_constants_are_told_apart_by_their_bits() -> None:
    (x,) = values(1)
    found = layout(x * -0.0 - 0.0 - float("nan") * (x - float("nan")), [x])
    assert len(found.constants) == 3
    assert {str(c) for c in found.constants} == {"-0.0", "0.0", "nan"}
    assert found.row(-0.0) != found.row(0.0)


def test_a_layer_is_one_group_whose_operands_are_slices() -> None:
    xs, ws = values(3), [values(3) for _ in range(4)]
    hidden = [dot(row, xs) for row in ws]
    found = layout(total([tanh(h) for h in hidden]), xs, [w for row in ws for w in row])
    assert [(len(g.entries), g.buffer) for g in found.groups] == [(4, "V"), (4, "V"), (1, "V")]
    ((a, b),) = found.groups[0].pairs
    assert (a.rows - a.rows[0, 0]).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert b.rows.tolist() == [[0, 1, 2]] * 4
    assert found.groups[1].inputs[0].rows[:, 0].tolist() == found.groups[0].rows.tolist()


def test_entries_stand_in_the_order_of_what_they_read() -> None:
    xs = values(4)
    found = layout(total([sin(x) for x in reversed(xs)]), xs)
    assert [entry.inputs[0] for entry in found.groups[0].entries] == xs


def test_every_node_has_a_row_of_its_own() -> None:
    xs, (w, v) = values(3), values(2)
    root = total([sin(w * x) for x in xs]) + logsumexp([*xs, w, 1.0]) + sin(w) * v + xs[0] ** 2 + xs[1] ** 3
    found = layout(root, xs, [w])
    rows = [(group.buffer, row) for group in found.groups for row in group.rows.tolist()]
    assert len(set(rows)) == len(rows)
    assert all(row < found.sizes[buffer] for buffer, row in rows)
    assert len([g for g in found.groups if g.op and g.op.name == "power"]) == 2, "powers are grouped by their exponent"


def test_indices_of_a_sum_are_split_by_buffers() -> None:
    xs, (w,) = values(2), values(1)
    (group,) = layout(total([w, xs[0], 2.0, xs[1]]), xs, [w]).groups
    assert [indices.buffer for indices in group.inputs] == ["V", "S"]
    assert [indices.rows.shape for indices in group.inputs] == [(1, 2), (1, 2)]
    assert group.divisor == 1
    assert np.array_equal(group.reads[0].rows, [[0, 1]])


def adders(signals: Sequence[Symbol], count: int) -> tuple[list[Symbol], list[Symbol]]:
    """Return `count` sums of the signals times weights plus a bias, and their parameters, in a neuron's order."""
    rows = [values(len(signals) + 1) for _ in range(count)]
    return [dot(row[:-1], signals, row[-1]) for row in rows], [w for row in rows for w in row]


def test_a_bias_is_a_weight_of_a_one_that_stands_below_the_signals() -> None:
    xs = values(3)
    hidden, params = adders(xs, 4)
    outputs, more = adders([tanh(h) for h in hidden], 2)
    found = layout(total([tanh(y) for y in outputs]), xs, [*params, *more])
    assert found.ones == [3, 12], "below the arguments, and below the tanhs"
    assert found.argument_rows == [("x", slice(0, 3))]
    ((a, b),) = found.groups[0].pairs
    assert (a.rows - found.theta.start).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]
    assert b.rows.tolist() == [[0, 1, 2, 3]] * 4
    assert found.groups[0].inputs == []


def test_signals_in_another_order_than_their_block() -> None:
    xs = values(3)
    for signals in (xs[::-1], [xs[2], xs[0], xs[1]]):
        hidden, params = adders(signals, 2)
        assert layout(total([tanh(h) for h in hidden]), xs, params).ones == [3]
        nodes = [p.source for p in params]
        weights = [nodes[:4], nodes[4:]]

        def loss(x: Sequence[Value], order: Sequence[int] = [xs.index(s) for s in signals]) -> Value:
            return total([tanh(dot(w, [x[i] for i in order], b)) for *w, b in weights])  # noqa: B023

        for count in (1, 2, 5):
            check(loss, nodes, normal(count, 3))


def test_a_gradient_by_the_bias_alone() -> None:
    weight, bias = Value(0.0), Value(1.0)
    check(lambda x: tanh(dot([weight], x, bias)), [bias], normal(3, 1))


def test_biases_elsewhere_are_added() -> None:
    xs = values(3)
    (part,), params = adders(xs[:2], 1)
    assert layout(part, xs, params).ones == [], "signals that are not a whole block"
    (whole,), params = adders(xs, 1)
    assert layout(whole, xs, params[::-1]).ones == [], "a bias that does not stand next to the weights"
    assert layout(dot(params[:3], xs, 2.0), xs, params).ones == [], "a constant"
    assert layout(dot([2.0, 3.0, 4.0], xs, params[0]), xs, params).ones == []
