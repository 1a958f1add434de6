"""`derive`: the chain rule written out, path by path, in symbols and then in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.ops import add, neg
from autograd.printing.formulas import MANY, Mathematics, Names, Writing
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM
from autograd.value import Value

_MOST_FACTORS = 400  # in all the paths together


class Factor(NamedTuple):
    """One step of a path: the derivative of `node` by `input`, a node that it is computed from, as a number."""

    node: Value
    input: Value
    number: float


class Path(NamedTuple):
    """One way from an output back to an input: its factors, output first."""

    factors: tuple[Factor, ...]

    @property
    def nodes(self) -> list[Value]:
        """The nodes along the path, output first."""
        return [self.factors[0].node, *(factor.input for factor in self.factors)] if self.factors else []

    @property
    def product(self) -> float:
        """The product of the local derivatives along the path."""
        product = 1.0
        for factor in self.factors:
            product *= factor.number
        return product


class Derivation(Mathematics):
    """The derivative of a node by another one, as the sum over all `paths` between them.

    `str`, `latex` and `mathml` write it out; `total` is the derivative.
    """

    def __init__(self, output: Value, input: Value, significant: int) -> None:
        self.output, self.input, self.significant = output, input, significant
        nodes = topological([output])
        between = _between(nodes, input)
        _check_paths(output, input, between)
        self.names = Names(nodes if input in nodes else [*nodes, input])
        self.paths = [Path(tuple(factors)) for factors in _paths(output, input, between)]

    @property
    def total(self) -> float:
        """The derivative: the sum of the products along the paths."""
        return sum((path.product for path in self.paths), 0.0)

    def written(self, writing: Writing) -> str:
        """Return the derivation in one way of writing: in names, in formulas, in numbers."""
        left = writing.partial(*(self.names.write(v, writing) for v in (self.output, self.input)))
        steps = [left]
        for step in (self._in_names(writing), self._in_formulas(writing), *self._in_numbers(writing)):
            if step != steps[-1]:
                steps.append(step)
        return writing.equal(*steps)

    def _in_names(self, writing: Writing) -> str:
        def factor(f: Factor) -> Written:
            y, x = (self.names.write(v, writing) for v in (f.node, f.input))
            return writing(writing.partial(y, x))

        return _sum(writing, [[factor(f) for f in path.factors] for path in self.paths])

    def _in_formulas(self, writing: Writing) -> str:
        products = [[self._formula(f, writing) for f in path.factors] for path in self.paths]
        return _sum(writing, _simplified(writing, products))

    def _formula(self, factor: Factor, writing: Writing) -> Written:
        row = self.names.partials(factor.node, writing)
        by_input = [d for x, d in zip(factor.node.inputs, row) if x is factor.input]
        whole = by_input[0]
        for d in by_input[1:]:
            whole = writing.of(writing("")._apply(add, [whole, d]))
        return whole

    def _in_numbers(self, writing: Writing) -> Iterator[str]:
        def number(x: float) -> Written:
            return writing.number(x, self.significant)

        many = any(len(path.factors) > 1 for path in self.paths)
        if many:
            rows = [[number(f.number) for f in path.factors] for path in self.paths]
            yield writing.total([_in_brackets(writing, row) for row in rows])
        if len(self.paths) > 1:
            yield writing.total([number(path.product) for path in self.paths])
        yield number(self.total).code


def derive(output: Value, input: Value, *, digits: int = 4) -> Derivation:
    """Write out the derivative of `output` by `input`: over each path between them, the product of local derivatives.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> d = c + a
    >>> c.label, d.label = "c", "d"
    >>> derive(d, a)
    ∂d/∂a = ∂d/∂c·∂c/∂a + ∂d/∂a = b + 1 = (1)(-3) + 1 = -3 + 1 = -2
    >>> derive(d, a).total, len(derive(d, a).paths)
    (-2.0, 2)

    A notebook shows it typeset; `.latex` and `.mathml` are its code. `digits` are the significant ones of the numbers.
    A node that is read twice by the same operation, as in x * x, has one path there, whose derivative is x + x. A
    ValueError says where there are too many paths to write out; they are counted before, not enumerated.
    """
    check_node(output, "derive()")
    check_node(input, "derive()")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits is a whole number from 1 to 17, not {digits!r}")
    return Derivation(output, input, digits)


def _between(nodes: list[Value], input: Value) -> set[Value]:
    """Return those of the `nodes`, in topological order, that are computed from `input`, and itself."""
    between = {input}
    for node in nodes:
        if any(isinstance(x, Value) and x in between for x in node.inputs):
            between.add(node)
    return between


def _steps_back(node: Value, between: set[Value]) -> list[Value]:
    return list(dict.fromkeys(x for x in node.inputs if isinstance(x, Value) and x in between))


def _check_paths(output: Value, input: Value, between: set[Value]) -> None:
    """Count the paths and the factors in them; raise a ValueError where these are too many."""
    counts: dict[Value, tuple[int, int]] = {input: (1, 0)}
    for node in topological([output], {input}):
        if node in between and node is not input:
            before = [counts[x] for x in _steps_back(node, between)]
            paths = min(MANY, sum(count for count, _ in before))
            counts[node] = paths, min(MANY, paths + sum(factors for _, factors in before))
    paths, factors = counts.get(output, (0, 0))
    if factors > _MOST_FACTORS:
        more = "more than " if factors == MANY else ""
        ways = f"{more}{paths:,} paths lead" if paths > 1 else "one path leads"
        raise ValueError(
            f"{ways} from the output back to the input, of {factors:,} factors in all; at most {_MOST_FACTORS} are "
            "written out. Derive by way of a node between them: derive(output, node) and derive(node, input)"
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


def _sum(writing: Writing, products: list[list[Written]]) -> str:
    """Write a sum of products of pieces."""
    return writing.total([writing.product(pieces or [writing.number(1.0)]) for pieces in products])


def _simplified(writing: Writing, products: list[list[Written]]) -> list[list[Written]]:
    """Leave out products with a factor 0, factors of 1, and but for the sign those of -1."""
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
    """Write a product of numbers as schoolbooks do: (-2)(3)."""
    if len(numbers) == 1:
        return numbers[0]
    return writing("".join(writing.bracket(number.code) for number in numbers), ATOM)
