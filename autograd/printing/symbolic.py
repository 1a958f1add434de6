"""`derivative`: the simplified formula of a derivative."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import reduce
from typing import Any

from autograd.backpropagation import topological
from autograd.compiler.symbols import Symbol, alias, record
from autograd.graph import check_node
from autograd.operand import Operand
from autograd.operation import as_float
from autograd.ops import add, mul
from autograd.parsing import evaluate, names_in
from autograd.printing.algebra import Expression, expression, single
from autograd.printing.applying import Applied
from autograd.printing.factors import TOO_LONG, Name
from autograd.printing.formulas import Mathematics, Names, Writing, kept_nodes, label_of
from autograd.printing.notation import Written
from autograd.value import Value


class Derivative(Mathematics):
    """A derivative. `str` returns plain text, `latex` and `mathml` return code; a call computes it.

    The arguments of a call are numbers or nodes for the `parameters`.
    """

    def __init__(self, result: Expression, parameters: Sequence[str]) -> None:
        self.parameters, self._result = tuple(parameters), result

    def written(self, writing: Writing) -> str:
        """Return the code in one output format: `Text`, `LaTeX` or `MathML`."""
        return self.piece(writing).code

    def piece(self, writing: Writing) -> Written:
        """Return the written formula, to be put into a longer one."""
        return write(self._result, writing)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Compute the derivative for numbers or nodes as arguments."""
        given = self.__signature__.bind(*args, **named).arguments
        return Applied(lambda name: given[name.label])(self._result)

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(name, kind) for name in self.parameters])


def derivative(
    f: Callable[..., Any] | str | Value,
    x: str | Value | None = None,
    *,
    keep: Value | Collection[Value] = (),
    expand: bool = True,
) -> Derivative:
    """Return the simplified formula of the derivative of `f` with respect to `x`.

    f is a function, or a formula as text; x is the name of one of its parameters, and may be left out if it is the only
    one. The formula is computed from the rules of the operations; no numbers are needed.

    >>> from autograd import sin, relu
    >>> derivative(lambda x: x**2 * sin(x), "x")
    2x·sin(x) + x²·cos(x)
    >>> derivative("(2*x + 1)**3")
    6(2x + 1)²
    >>> derivative(lambda w, x: relu(w * x), "w")
    x if w·x > 0 else 0

    f may also be a node of a recorded graph, and x another. `keep` and `expand` are those of `formula`.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> d = a * b + a
    >>> d.label = "d"
    >>> derivative(d**2, a), derivative(d**2, a, keep=[d])
    (2(a·b + a)·(b + 1), 2d·(b + 1))

    A notebook typesets the formula; `.latex` and `.mathml` are its code. The result is a function as well: call it, or
    differentiate it again. Like terms and factors are combined, but only where the derivative stays undefined at the
    same points: x / x is not 1 at 0. Raise ValueError if the formula is too long, and TypeError if the rule of an
    operation accepts only numbers.

    >>> slope = derivative(lambda x: x**3, "x")
    >>> slope(2.0), derivative(slope, "x")
    (12.0, 6x)
    """
    if isinstance(f, Value):
        return _of_graph(f, x, keep, expand)
    parameters = _parameters(f)
    if x is None and len(parameters) == 1:
        (x,) = parameters
    if keep or not expand:
        raise TypeError("keep and expand apply to nodes of a graph, but f is a function or a formula")
    if x not in parameters:
        raise ValueError(
            f"x must be the name of a parameter of f ({', '.join(parameters) or 'it has none'}), got {x!r}"
        )
    symbols = [_named(name) for name in parameters]
    root = _recorded(f, symbols)
    graph = Graph(root, set(), parameters=symbols)
    return Derivative(graph.derivative(symbols[parameters.index(str(x))]), parameters)


def derivative_at(f: Callable[[Any], Any], name: str) -> Expression:
    """Return the derivative of a function of one number as an expression in `name`."""
    x = _named(name)
    return Graph(_recorded(f, [x]), set()).derivative(x)  # type: ignore[no-any-return]


def _of_graph(y: Value, x: Any, keep: Value | Collection[Value], expand: bool) -> Derivative:
    check_node(x, "x")
    graph = Graph(y, kept_nodes(y, keep, expand), x=x)
    result = graph.derivative(x)
    return Derivative(result, [name for node, name in graph.names.of.items() if graph.is_named(node)])


def _parameters(f: Any) -> list[str]:
    """Return the names of the arguments of a function or a formula, without those that have defaults."""
    if isinstance(f, str):
        return names_in(f)
    if not callable(f):
        raise TypeError(f"f must be a function, a formula as text or a Value, got {type(f).__name__}")
    parameters = inspect.signature(f).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _named(name: str) -> Symbol:
    symbol = Symbol()
    symbol.label = name
    return symbol


def _recorded(f: Callable[..., Any] | str, symbols: Sequence[Symbol]) -> Symbol | Value:
    """Return the node that f gives for symbols as arguments."""
    call: Any = f if callable(f) else lambda *xs: evaluate(f, {x.label: x for x in xs})
    result, _ = record(call, *symbols)
    return result if isinstance(result, (Symbol, Value)) else Value(as_float(result, "the result of f"))


class Graph:
    """A recorded graph with an expression for each node. The nodes `keep` and `x` are written by their names."""

    def __init__(self, root: Any, keep: Collection[Any], *, parameters: Sequence[Any] = (), x: Any = None) -> None:
        self.root, self.keep = root, {*keep, x} - {None}
        symbols = topological([root])
        values = topological([source for node in symbols for source in node.inputs if isinstance(source, Value)])
        self.nodes = list(dict.fromkeys([*parameters, *values, *symbols, *([] if x is None else [x])]))
        self.names = Names(self.nodes)
        self._places = {node: place for place, node in enumerate(self.names.of)}
        self._of: dict[Any, Expression] = {}  # without nodes whose formulas are too long
        for node in self.nodes:
            with suppress(ValueError):
                self._of[node] = self._name(node) if self.is_named(node) else self._computed(node)

    def is_named(self, node: Any) -> bool:
        """Return True if formulas contain the name of the node: that of a leaf with a label, or of a kept node."""
        return node in self.keep or (node.op is None and label_of(node) != "")

    def _name(self, node: Any) -> Expression:
        sign = ""
        if node.op:
            with suppress(ValueError):
                sign = self._computed(node).sign
        return single(Name(self.names[node], self._places[node], sign=sign))

    def _computed(self, node: Any) -> Expression:
        """Return the operation on the expressions of the inputs, or the number of a leaf."""
        if node.op is None:
            return expression(node.number if isinstance(node, Symbol) else node.data)
        inputs = self._inputs(node)
        return expression(inputs[0] if node.op is alias else node.op.apply(tuple(inputs)))

    def _inputs(self, node: Any) -> list[Any]:
        return [self._written_out(x) if isinstance(x, Operand) else x for x in node.inputs]

    def _written_out(self, node: Any) -> Expression:
        if node not in self._of:
            raise ValueError(TOO_LONG)
        return self._of[node]

    def derivative(self, x: Any) -> Any:
        """Return the derivative of the root with respect to the node `x`.

        The chain rule is applied forward, as on paper: the derivative of a node is the sum of its local derivatives
        times the derivatives of its inputs.
        """
        found: dict[Any, Any] = {x: expression(1.0)}
        for node in topological([self.root], {x}):
            places = [i for i, source in enumerate(node.inputs) if source in found]
            if node is not x and places:
                row = self.row(node)
                found[node] = reduce(add, [mul(row[i], found[node.inputs[i]]) for i in places])
        return found.get(self.root, expression(0.0))

    def row(self, node: Any) -> list[Expression]:
        """Return the local derivatives of a node."""
        return shown_row(node.op, self._inputs(node), self._written_out(node))


def shown_row(op: Any, inputs: Sequence[Any], y: Expression) -> list[Expression]:
    """Return the partial derivatives as expressions. Raise TypeError if the rule accepts only numbers."""
    if op.is_ours:  # log(3) is then written as such; rules of others may test constants
        inputs = [x if i in op.constants else expression(x) for i, x in enumerate(inputs)]
    try:
        row = op.shown_partials(inputs, y)
        op.check_row(row, len(inputs))
        return [expression(d) for d in row]
    except TypeError as error:
        raise TypeError(f"the rule of {op.name} must accept formulas, not only numbers: {error}") from error


def write(x: Expression, writing: Writing) -> Written:
    """Write an expression in one output format."""
    try:
        return writing.of(Applied(lambda name: writing.name(name.label), writing.number)(x))
    except RecursionError:
        raise ValueError("the formula is nested too deeply to be written") from None
