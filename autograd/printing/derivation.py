"""Write out the chain rule, path by path, in symbols and in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.ops import add, neg
from autograd.printing.formulas import MAX_COUNT, Mathematics, Names, Writing
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM
from autograd.value import Value

MAX_FACTORS = 400  # number of factors in all paths together


class Factor(NamedTuple):
    """One factor of a path: the local derivative `number` of `node` with respect to its `input`."""

    node: Value
    input: Value
    number: float


class Path(NamedTuple):
    """One path from an output back to an input: its factors, output first."""

    factors: tuple[Factor, ...]

    @property
    def nodes(self) -> list[Value]:
        """The nodes on the path, output first."""
        return [factor.node for factor in self.factors[:1]] + [factor.input for factor in self.factors]

    @property
    def product(self) -> float:
        """The product of the local derivatives along the path."""
        return math.prod((factor.number for factor in self.factors), start=1.0)


class Derivation(Mathematics):
    """The derivative of one node with respect to another, written as a sum over all `paths` between them.

    `str` returns plain text, `latex` and `mathml` return code. `total` is the derivative as a number.
    """

    def __init__(self, output: Value, input: Value, significant: int) -> None:
        self.output, self.input, self.significant = output, input, significant
        nodes = topological([output])
        between = dependents(nodes, input)
        _check_paths(output, input, between)
        self.names = Names(nodes if input in nodes else [*nodes, input])
        self.paths = [Path(tuple(factors)) for factors in _paths(output, input, between)]

    @property
    def total(self) -> float:
        """The derivative: the sum of the products along the paths."""
        return sum((path.product for path in self.paths), 0.0)

    def written(self, writing: Writing) -> str:
        """Return the derivation in one output format: in names, then in formulas, then in numbers."""
        names = [[self._partial(f.node, f.input, writing) for f in path.factors] for path in self.paths]
        formulas = [[self._formula(f, writing) for f in path.factors] for path in self.paths]
        sums = _sum(writing, names), _sum(writing, _simplified(writing, formulas))
        whole = writing.derivative(self.names.write(self.output, writing), self.names.write(self.input, writing))
        return writing.equal(whole, *sums, *self._in_numbers(writing))

    def _partial(self, output: Value, input: Value, writing: Writing) -> Written:
        return writing.partial(self.names.write(output, writing), self.names.write(input, writing))

    def _formula(self, factor: Factor, writing: Writing) -> Written:
        row = self.names.partials(factor.node, writing)
        by_input = [d for x, d in zip(factor.node.inputs, row) if x is factor.input]
        whole = by_input[0]
        for d in by_input[1:]:
            whole = writing.of(writing("")._apply(add, [whole, d]))
        return whole

    def _in_numbers(self, writing: Writing) -> Iterator[Written]:
        def number(x: float) -> Written:
            return writing.number(x, self.significant)

        if any(len(path.factors) > 1 for path in self.paths):
            rows = [[number(f.number) for f in path.factors] for path in self.paths]
            yield writing.total([_in_brackets(writing, row) for row in rows])
        if len(self.paths) > 1:
            yield writing.total([number(path.product) for path in self.paths])
        yield number(self.total)


def derive(output: Value, input: Value, *, digits: int = 4) -> Derivation:
    """Write out the derivative of `output` with respect to `input`: the sum over all paths of their local derivatives.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> d = c + a
    >>> c.label, d.label = "c", "d"
    >>> derive(d, a)
    dd/da = ∂d/∂c·∂c/∂a + ∂d/∂a = b + 1 = (1)(-3) + 1 = -3 + 1 = -2
    >>> derive(d, a).total, len(derive(d, a).paths)
    (-2.0, 2)

    Each term is the product of the local derivatives along one path. Numbers have `digits` significant digits. A
    notebook typesets the derivation; `.latex` and `.mathml` are its code. An operation that uses the same node twice,
    as in x * x, has one local derivative there, x + x. Raise ValueError if there are too many paths to write out.
    """
    check_node(output, "output")
    check_node(input, "input")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits must be an integer from 1 to 17, got {digits!r}")
    return Derivation(output, input, digits)


def dependents(nodes: Sequence[Value], input: Value) -> set[Value]:
    """Return `input` and those of the `nodes`, given in topological order, that are computed from it."""
    found = {input}
    for node in nodes:
        if any(isinstance(x, Value) and x in found for x in node.inputs):
            found.add(node)
    return found


def _steps_back(node: Value, between: set[Value]) -> list[Value]:
    return list(dict.fromkeys(x for x in node.inputs if isinstance(x, Value) and x in between))


def _check_paths(output: Value, input: Value, between: set[Value]) -> None:
    """Count the factors of all paths without listing them; raise ValueError if there are too many."""
    counts: dict[Value, tuple[int, int]] = {input: (1, 0)}
    for node in topological([output], {input}):
        if node in between and node is not input:
            before = [counts[x] for x in _steps_back(node, between)]
            paths = min(MAX_COUNT, sum(count for count, _ in before))
            counts[node] = paths, min(MAX_COUNT, paths + sum(factors for _, factors in before))
    paths, factors = counts.get(output, (0, 0))
    if factors > MAX_FACTORS:
        more = "more than " if factors == MAX_COUNT else ""
        raise ValueError(
            f"a derivation must have at most {MAX_FACTORS} factors, got {more}{factors:,} on "
            f"{f'{more}{paths:,} paths' if paths > 1 else 'one path'}; "
            "split it at a node in between: derive(output, node) and derive(node, input)"
        )


def _paths(output: Value, input: Value, between: set[Value]) -> Iterator[list[Factor]]:
    if output not in between:
        return
    stack: list[tuple[Value, list[Factor]]] = [(output, [])]
    while stack:
        node, factors = stack.pop()
        if node is input:
            yield factors
            continue
        for x in reversed(_steps_back(node, between)):
            number = sum(d for y, d in zip(node.inputs, node.partials) if y is x)
            stack.append((x, [*factors, Factor(node, x, number)]))


def _sum(writing: Writing, products: list[list[Written]]) -> Written:
    """Write a sum of products."""
    return writing.total([writing.product(pieces or [writing.number(1.0)]) for pieces in products])


def _simplified(writing: Writing, products: list[list[Written]]) -> list[list[Written]]:
    """Drop products with a factor 0 and factors 1; turn factors -1 into signs."""
    simpler = []
    for pieces in products:
        numbers = [piece.data for piece in pieces if piece.is_number]
        if 0.0 in numbers:
            continue
        kept = [piece for piece in pieces if not (piece.is_number and abs(piece.data) == 1.0)]
        if numbers.count(-1.0) % 2:
            kept = [writing.write(neg, [writing.product(kept)])] if kept else [writing.number(-1.0)]
        simpler.append(kept)
    return simpler


def _in_brackets(writing: Writing, numbers: list[Written]) -> Written:
    """Write a product of numbers with each factor in brackets: (-2)(3)."""
    if len(numbers) == 1:
        return numbers[0]
    return writing("".join(writing.bracket(number.code) for number in numbers), ATOM)
