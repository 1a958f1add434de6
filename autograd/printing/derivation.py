"""Write out the chain rule, path by path, in symbols and in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property, reduce
from typing import Any, NamedTuple

from autograd.backpropagation import topological
from autograd.graph import check_node, dependents
from autograd.ops import add, mul
from autograd.printing.algebra import Expression, expression, single
from autograd.printing.factors import Name
from autograd.printing.formulas import MAX_COUNT, Mathematics, Names, Writing, kept_nodes, label_of
from autograd.printing.notation import Written, check_digits
from autograd.printing.precedence import ATOM
from autograd.printing.symbolic import Graph, shown_row, write
from autograd.value import Value

MAX_FACTORS = 400  # number of factors in all paths together
MAX_DEFINITIONS = 100  # in a larger graph, nodes beside the paths are given by their numbers


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

    def __init__(self, output: Value, input: Value, significant: int, keep: Collection[Value]) -> None:
        self.output, self.input, self.significant, self._keep = output, input, significant, keep
        self._nodes = topological([output])
        between = dependents(self._nodes, input)
        _check_paths(output, input, between)
        self.names = Names(self._nodes if input in self._nodes else [*self._nodes, input])
        self.paths = [Path(tuple(factors)) for factors in _paths(output, input, between)]

    @property
    def total(self) -> float:
        """The derivative: the sum of the products along the paths."""
        return sum((path.product for path in self.paths), 0.0)

    @cached_property
    def _products(self) -> list[Expression]:
        """The collected products along the paths; none if they are too long or a rule accepts only numbers."""
        try:
            graph = Graph(self.output, self._keep, x=self.input)
            rows = {node: graph.row(node) for path in self.paths for node in path.nodes[:-1]}
            factors = [[_by(f.input, f.node, rows[f.node]) for f in path.factors] for path in self.paths]
            return [reduce(mul, product, expression(1.0)) for product in factors]
        except (TypeError, ValueError):
            return []

    def written(self, writing: Writing) -> str:
        """Return the definitions of the names, and the derivation: in names, in formulas, in numbers."""
        whole = writing.derivative(*(self.names.write(node, writing) for node in (self.output, self.input)))
        return writing.equations([*self._definitions(writing), writing.sides(whole, *self._lines(writing))])

    def _definitions(self, writing: Writing) -> Iterator[list[str]]:
        """Yield an equation for each name but those of leaves with a label."""
        on_paths = {node for path in self.paths for node in path.nodes}
        nodes = self._nodes
        if is_long := len(nodes) > MAX_DEFINITIONS:
            used = on_paths | {x for node in on_paths for x in node.inputs if isinstance(x, Value)}
            nodes = [node for node in nodes if node in used]
        for node in nodes:
            if node.op and (node in on_paths or not is_long):
                yield writing.sides(self.names.write(node, writing), self._definition(node, writing))
            elif node.op or not label_of(node):
                yield writing.sides(self.names.write(node, writing), self._number(node.data, writing))

    def _definition(self, node: Value, writing: Writing) -> str:
        if node.op is mul and not isinstance(node.inputs[0], Value):
            number, x = (self.names.write(each, writing) for each in node.inputs)
            return number.beside(x).code
        return self.names.definition(node, writing)

    def _lines(self, writing: Writing) -> Iterator[Written]:
        """Yield the sums over all paths, which correspond term by term, and the collected formula between them."""
        is_chain = any(len(path.factors) > 1 for path in self.paths)
        if is_chain:
            yield self._sum(writing, self._partial)
        yield self._sum(writing, self._formula)
        yield from self._collected(writing)
        if is_chain:
            rows = [[self._number(f.number, writing) for f in path.factors] for path in self.paths]
            yield writing.total([_in_brackets(writing, row) for row in rows])
        if len(self.paths) > 1:
            yield writing.total([self._number(path.product, writing) for path in self.paths])
        yield self._number(self.total, writing)

    def _collected(self, writing: Writing) -> Iterator[Written]:
        """Yield the sum of the collected products, and their simplified sum if it has fewer terms."""
        products = self._products
        if products:
            whole = reduce(add, products)
            terms = [Expression({product: c}) for product, c in whole.terms.items()]
            is_shorter = len(terms) < len(products)
            yield writing.total([write(term, writing) for term in (products if is_shorter else terms)])
            if is_shorter:
                yield write(whole, writing)

    def _sum(self, writing: Writing, write_factor: Callable[[Factor, Writing], Written]) -> Written:
        """Write the sum over the paths of the products of their factors. Factors 1 and signs stay in their places."""
        products = []
        for path in self.paths:
            pieces = [write_factor(factor, writing) for factor in path.factors] or [writing.number(1.0)]
            if len(pieces) > 1:
                pieces = [writing(piece.inside(ATOM), ATOM) if piece.negative else piece for piece in pieces]
            products.append(writing.product(pieces))
        return writing.total(products)

    def _partial(self, factor: Factor, writing: Writing) -> Written:
        return writing.partial(self.names.write(factor.node, writing), self.names.write(factor.input, writing))

    def _formula(self, factor: Factor, writing: Writing) -> Written:
        """Write the local derivative in names, or as ∂y/∂x if the rule accepts only numbers."""
        node, op = factor.node, factor.node.op
        inputs = [single(Name(self.names[x])) if isinstance(x, Value) else x for x in node.inputs]
        try:
            row = shown_row(op, inputs, single(Name(self.names[node]))) if op else []
        except Exception:  # a user's own rule may raise anything
            return self._partial(factor, writing)
        return write(_by(factor.input, node, row), writing)

    def _number(self, x: float, writing: Writing) -> Written:
        return writing.number(x, self.significant)


def derive(
    output: Value, input: Value, *, digits: int = 4, keep: Value | Collection[Value] = (), expand: bool = True
) -> Derivation:
    """Write out the derivative of `output` with respect to `input`: the sum over all paths of their local derivatives.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> d = c + a
    >>> L = d**2
    >>> c.label, d.label, L.label = "c", "d", "L"
    >>> derive(L, a)
        c = a·b
        d = c + a
        L = d²
    dL/da = ∂L/∂d·∂d/∂c·∂c/∂a + ∂L/∂d·∂d/∂a
          = 2d·1·b + 2d·1
          = 2b·(a·b + a) + 2(a·b + a)
          = (-8)(1)(-3) + (-8)(1)
          = 24 - 8
          = 16
    >>> derive(L, a).total, len(derive(L, a).paths)
    (16.0, 2)

    Total derivatives are written with d, local ones with ∂. The first line names the factors, with one product per
    path. The next lines say what they are, collect the products, and add like terms. The last lines compute the number,
    with `digits` significant digits. `keep` and `expand` are those of `formula`: they say which names stay where the
    products are collected.

    A notebook typesets the derivation; `.latex` and `.mathml` are its code. An operation that uses the same node twice,
    as in x * x, has one local derivative there, 2x. Products are not collected if they are too long, or if the rule of
    an operation accepts only numbers. Raise ValueError if there are too many paths to write out.
    """
    check_node(output, "output")
    check_node(input, "input")
    return Derivation(output, input, check_digits(digits), kept_nodes(output, keep, expand))


def _by(x: Value, node: Value, row: Sequence[Expression]) -> Any:
    """Return the local derivative of a node with respect to an input, which it may use several times."""
    return reduce(add, [d for source, d in zip(node.inputs, row) if source is x])


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


def _in_brackets(writing: Writing, numbers: list[Written]) -> Written:
    """Write a product of numbers with each factor in brackets: (-2)(3)."""
    if len(numbers) == 1:
        return numbers[0]
    return writing("".join(writing.bracket(number.code) for number in numbers), ATOM)
