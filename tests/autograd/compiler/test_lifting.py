"""Lifting: recorded symbols and nodes become one graph of symbols and floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, compile, cos, exp, grad, op, sin, total
from autograd.compiler.lifting import Lifting, needed
from autograd.compiler.symbols import Symbol, record

own = op("own", lambda x: 2 * x, lambda x, y: [2.0])


def lifted(f: Callable[..., Any], count: int = 1) -> tuple[list[str], list[Symbol], Symbol]:
    """Record a function of `count` numbers; return the operations of the nodes, the nodes, and the root."""
    xs = [Symbol() for _ in range(count)]
    y, _ = record(f, *xs)
    graph = Lifting(xs, [y])
    root = graph.symbol(y)
    for node in graph.nodes:
        assert all(type(x) in (Symbol, float) for x in node.inputs)
        assert node.op or node in xs or node.source is not None
    place = {node: i for i, node in enumerate(graph.nodes)}
    assert all(place[x] < place[node] for node in graph.nodes for x in node.inputs if type(x) is Symbol)
    return [node.op.name if node.op else node.label or "x" for node in graph.nodes], graph.nodes, root


def test_nodes_stand_in_the_order_of_creation() -> None:
    def f(x: Any, y: Any) -> Any:
        a, b, c = sin(x), cos(y), exp(x)
        return total([c, b, a])

    assert lifted(f, 2)[0] == ["x", "x", "sin", "cos", "exp", "total"]


def test_what_is_not_needed_is_left_out() -> None:
    def f(x: Any, y: Any) -> Any:
        exp(y)
        return sin(x)

    _, nodes, root = lifted(f, 2)
    assert [node.op for node in needed(nodes, [root])] == [None, sin]


def test_values_become_leaves_just_before_their_first_reader() -> None:
    w, b = Value(2.0, "w"), Value(3.0, "b")
    w.scope = ("layer 0",)
    square = w * w
    names, nodes, _ = lifted(lambda x: sin(x) * square + b * x + w * x)
    assert names == ["x", "sin", "w", "mul", "mul", "b", "mul", "add", "mul", "add"]
    assert [(node.source, node.scope) for node in nodes if node.label] == [(w, ("layer 0",)), (b, ())]


def test_a_root_that_depends_on_no_argument() -> None:
    w = Value(2.0, "w")
    names, _, root = lifted(lambda x: w * w)
    assert (names, root.op.name) == (["x", "w", "mul"], "mul")
    assert lifted(lambda x: 3)[2].number == 3.0
    assert compile(lambda x: [w, 3, x, w * w])(1.0) == [2.0, 3.0, 1.0, 4.0]


def test_equal_operations_are_computed_once() -> None:
    w = Value(2.0)
    assert lifted(lambda x: sin(x) * sin(x))[0] == ["x", "sin", "mul"]
    assert lifted(lambda x: (w + x) * (w + x) + (w * w) * (w * w) * x)[0].count("add") == 2
    names, nodes, _ = lifted(lambda x: (x * 0.0) / (x * -0.0) + x * 1.0 * (x * 1))
    assert names.count("mul") == 4, "0.0 and -0.0 differ"
    assert [str(x) for node in nodes for x in node.inputs if type(x) is float] == ["0.0", "-0.0", "1.0"]


def test_operations_of_users_are_computed_each_time() -> None:
    assert lifted(lambda x: own(x) * own(x) + own(2.0) * x)[0].count("own") == 2


def test_operations_on_constants_are_constants() -> None:
    def f(x: Any) -> Any:
        return grad(lambda t: sin(t) * w * x)(0.0)

    w = Value(3.0)
    names, nodes, _ = lifted(f)
    assert "cos" not in names
    assert 1.0 in [x for node in nodes for x in node.inputs]


def test_names_for_inner_arguments_leave_no_trace() -> None:
    assert lifted(grad(sin))[0] == ["x", "cos", "mul"]
    assert lifted(grad(grad(lambda x: x * x)))[2].number == 2.0


def test_a_long_chain_takes_no_recursion_and_linear_time() -> None:
    v = Value(0.5)

    def f(x: Any) -> Any:
        y, z = x, v
        for _ in range(20_000):
            y, z = sin(y) + z, z * v
        return y

    assert len(lifted(f)[1]) == 60_001


def test_only_operands_of_the_function_are_lifted() -> None:
    with pytest.raises(TypeError, match="must not use numbers of another one"):
        Lifting([], [sin(Symbol())])
