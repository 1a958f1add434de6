"""Which loops are found, whatever the order in which a graph was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd import exp, sin, tanh
from autograd.backpropagation import topological
from autograd.compiler.accumulators import accumulated
from autograd.compiler.recurrences import Parts, Recurrence, apart, split
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Entry, Tape
from tests.autograd.compiler import iterations


def entries(*roots: Symbol) -> list[Entry]:
    return Tape([node for node in topological(roots) if node.op], roots, set()).entries


def sizes(parts: Parts) -> list[tuple[int, ...]]:
    """Return the rounds, entries and carried numbers of each loop, and the numbers of entries between."""
    return [
        (len(part.rounds), len(part.body), len(part.before)) if isinstance(part, Recurrence) else (len(part),)
        for part in parts
    ]


def loops(f: Callable[..., Any]) -> Parts:
    return split(entries(f(Symbol(), Symbol())))


def test_parts_of_a_graph() -> None:
    a = Symbol()
    x = first = sin(a)
    for _ in range(100):
        x = tanh(x * a + 0.1)
    last = exp(x)
    found = entries(last)
    before, loop, after = split(found)
    assert isinstance(loop, Recurrence)
    assert isinstance(before, list)
    assert isinstance(after, list)
    assert (len(loop.rounds), len(loop.body), loop.starts) == (100, 2, {1: first})
    assert [entry.node for entry in before + after] == [first, last]
    assert split(found[:20]) == [found[:20]], "too few for a loop"
    assert split([]) == []


def test_inputs_are_computed_in_the_rounds_that_read_them() -> None:
    found = loops(iterations.inputs_computed_before)
    assert sizes(found) == [(4,), (58, 4, 2), (4,)]
    assert sizes(apart(found)) == [(120,), (58, 2, 1), (4,)], "or before the loop, all at once"


def test_layers_are_one_loop() -> None:
    assert sizes(loops(iterations.layers)) == [(4,), (58, 4, 2), (4,)]


def test_states_that_take_fewer_operations() -> None:
    assert sizes(loops(iterations.two_paces)) == [(3,), (59, 6, 3), (2,)]


def test_cells_that_read_their_neighbours() -> None:
    assert sizes(loops(iterations.rod)) == [(6,), (40, 12, 6), (1,)]


def test_a_long_sum_is_computed_along_the_way() -> None:
    found = loops(iterations.sum_of_products)
    assert sum(len(entry.reads) for entry in found[-1]) > 250  # type: ignore[union-attr]
    found = accumulated(found)
    assert sum(len(entry.reads) for entry in found[-1]) < 30  # type: ignore[union-attr]


@pytest.mark.parametrize("f", iterations.RECURRENCES, ids=lambda f: f.__name__)
def test_every_entry_is_computed_once(f: Callable[..., Any]) -> None:
    root = f(Symbol(), Symbol())
    wanted = {entry.node for entry in entries(root)}
    for parts in (split(entries(root)), apart(split(entries(root)))):
        found = [
            node
            for part in parts
            for row in (part.rounds if isinstance(part, Recurrence) else [[entry.node for entry in part]])
            for node in row
        ]
        assert len(found) == len(set(found))
        assert set(found) == wanted
