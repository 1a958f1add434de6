"""The layout: entries of one kind stand side by side, every number has a row, and rounds of a loop stand in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from autograd import Value, dot, logsumexp, sin, tanh, total
from autograd.backpropagation import topological
from autograd.compiler.layout import Group, Layout, Rounds
from autograd.compiler.recurrences import split
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Tape
from tests.autograd.compiler.against_eager import check, normal


def layout(root: Symbol, arguments: Sequence[Symbol] = (), parameters: Sequence[Symbol] = ()) -> Layout:
    order = topological([root])
    nodes = [node for node in order if node.op]
    leaves = [node for node in order if not (node.op or node in {*arguments, *parameters})]
    tape = Tape(nodes, [root], set(arguments))
    return Layout([tape.entries], tape.batched, [root], [("x", arguments)], parameters, leaves)


def groups(found: Layout) -> Iterator[Group]:
    for part in found.parts:
        assert isinstance(part, Group)
        yield part


def symbols(count: int) -> list[Symbol]:
    return [Symbol(source=Value(float(i))) for i in range(count)]


def test_s_has_constants_then_leaves_then_parameters() -> None:
    w, leaf, x = symbols(3)
    found = layout((w * 2.0 + leaf) * x + 3.0, [x], [w])
    assert sorted(found.constants) == [2.0, 3.0]
    assert (found.row(leaf), found.row(w), found.theta.start) == (2, 3, 3)
    assert (found.buffer(w), found.buffer(2.0), found.buffer(x)) == ("S", "S", "V")
    assert (found.row(x), found.sizes["S"]) == (0, 5)


def test_constants_are_told_apart_by_their_bits() -> None:
    (x,) = symbols(1)
    found = layout(x * -0.0 * 0.0 - float("nan") * (x * float("nan")), [x])
    assert {str(number) for number in found.constants} == {"-0.0", "0.0", "nan"}
    assert len(found.constants) == 3
    assert found.row(-0.0) != found.row(0.0)


def test_a_layer_is_one_group_whose_operands_are_adjacent_rows() -> None:
    xs, ws = symbols(3), [symbols(3) for _ in range(4)]
    hidden = [dot(row, xs) for row in ws]
    sums, tanhs, _ = groups(layout(total([tanh(h) for h in hidden]), xs, [w for row in ws for w in row]))
    ((sign, a, b),) = sums.pairs
    assert (sign, a.buffer, b.buffer, sums.target.buffer) == (1.0, "S", "V", "V")
    assert (a.rows - a.rows[0, 0]).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert b.rows.tolist() == [[0, 1, 2]] * 4
    assert tanhs.inputs[0].rows.tolist() == sums.target.rows.tolist() == [3, 4, 5, 6]


def test_entries_stand_in_the_order_of_what_they_read() -> None:
    xs = symbols(4)
    sines, _ = groups(layout(total([sin(x) for x in reversed(xs)]), xs))
    assert sines.inputs[0].rows.tolist() == [0, 1, 2, 3]


def test_every_node_has_a_row_of_its_own() -> None:
    xs, (w, v) = symbols(3), symbols(2)
    root = total([sin(w * x) for x in xs]) + logsumexp([*xs, w, 1.0]) + sin(w) * v + xs[0] ** 2 + xs[1] ** 3
    found = layout(root, xs, [w])
    rows = [(group.target.buffer, row) for group in groups(found) for row in group.target.rows.tolist()]
    assert len(set(rows)) == len(rows)
    assert all(row < found.sizes[buffer] for buffer, row in rows)
    powers = [group for group in groups(found) if group.op and group.op.name == "power"]
    assert len(powers) == 2, "powers are grouped by their exponent"


def test_terms_of_a_sum_are_split_by_signs_and_buffers() -> None:
    xs, (w,) = symbols(2), symbols(1)
    (group,) = groups(layout(total([w, xs[0], 2.0, xs[1]]) - xs[0], xs, [w]))
    assert [(sign, view.buffer, view.rows.shape) for sign, view in group.terms] == [
        (1.0, "V", (1, 2)),
        (1.0, "S", (1, 2)),
        (-1.0, "V", (1, 1)),
    ]


def adders(signals: Sequence[Symbol], count: int) -> tuple[list[Symbol], list[Symbol]]:
    """Return `count` sums of the signals times weights plus a bias, and their parameters, in a neuron's order."""
    rows = [symbols(len(signals) + 1) for _ in range(count)]
    return [dot(row[:-1], signals, row[-1]) for row in rows], [w for row in rows for w in row]


def test_a_bias_is_a_weight_of_a_one_that_stands_below_the_signals() -> None:
    xs = symbols(3)
    hidden, params = adders(xs, 4)
    outputs, more = adders([tanh(h) for h in hidden], 2)
    found = layout(total([tanh(y) for y in outputs]), xs, [*params, *more])
    assert found.ones == [3, 12], "below the arguments, and below the tanhs"
    assert found.argument_rows == [("x", slice(0, 3))]
    first = next(groups(found))
    ((_, a, b),) = first.pairs
    assert (a.rows - found.theta.start).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]
    assert b.rows.tolist() == [[0, 1, 2, 3]] * 4
    assert not first.terms


def test_signals_in_another_order_than_their_block() -> None:
    for order in ([2, 1, 0], [2, 0, 1]):
        nodes = [Value(x) for x in normal(8).tolist()]

        def loss(x: Sequence[Value], order: Sequence[int] = order, nodes: Sequence[Value] = nodes) -> Value:
            signals = [x[i] for i in order]
            return total([tanh(dot(w, signals, b)) for *w, b in (nodes[:4], nodes[4:])])

        for count in (1, 2, 5):
            check(loss, nodes, normal(count, 3))


def test_a_gradient_by_the_bias_alone() -> None:
    weight, bias = Value(0.0), Value(1.0)
    check(lambda x: tanh(dot([weight], x, bias)), [bias], normal(3, 1))


def test_biases_elsewhere_are_added() -> None:
    xs = symbols(3)
    (part,), params = adders(xs[:2], 1)
    assert layout(part, xs, params).ones == [], "signals that are not a whole block"
    (whole,), params = adders(xs, 1)
    assert layout(whole, xs, params[::-1]).ones == [], "a bias that does not stand next to the weights"
    assert layout(dot(params[:3], xs, 2.0), xs, params).ones == [], "a constant"
    assert layout(params[3] - dot(params[:3], xs), xs, params).ones == [], "products that are subtracted"
    assert layout(dot([2.0, 3.0, 4.0], xs, params[0]), xs, params).ones == []


@pytest.mark.parametrize("is_single", [False, True])
def test_rounds_of_a_loop_stand_in_blocks(is_single: bool) -> None:
    (x,) = symbols(1)
    y = x
    for _ in range(60):
        y = sin(tanh(y))
    arguments, leaves = ([], [x]) if is_single else ([x], [])
    tape = Tape([node for node in topological([y]) if node.op], [y], set(arguments))
    found = Layout(split(tape.entries), tape.batched, [y], [("x", arguments)], [], leaves, is_single)
    (loop,) = found.parts
    assert isinstance(loop, Rounds)
    first, last = loop.groups
    (carried,), (inner,) = first.inputs, last.inputs
    assert {view.step for view in (first.target, last.target, carried, inner)} == {2}, "a row for each entry"
    assert {view.buffer for view in (first.target, last.target)} == {"S" if is_single else "V"}
    assert inner.rows.tolist() == first.target.rows.tolist()
    assert (carried.rows + 2).tolist() == last.target.rows.tolist(), "which is read from the round before"
    (to, source), *others = loop.copies
    assert (to.rows.tolist(), others) == (carried.rows.tolist(), [])
    assert source.rows.tolist() == [found.row(x)]
    assert (loop.number, found.row(y)) == (60, last.target.rows[0] + 2 * 59)
