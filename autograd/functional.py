"""Derivatives of functions, as new functions, to any order: `grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`.

Each of them calls f once on fresh nodes and sweeps over the recorded graph. If f depends on other nodes (an argument
that is a node, a node that f closes over), the sweep is recorded, too: each local derivative is then evaluated on
nodes, by the same rule that gave its number. So `grad(grad(f))` needs no code of its own. In a function that is being
compiled, the fresh nodes are symbols, and the sweep is always recorded.
"""

from __future__ import annotations

from contextlib import nullcontext
from numbers import Real

from autograd import recorder
from autograd.backpropagation import propagate, topological
from autograd.conditional import passed, propagate_conditionally
from autograd.foreign import refuse_foreign
from autograd.graph import check_node, name_of
from autograd.modes import differentiating, reading_rule
from autograd.operand import NOTHING, Operand
from autograd.operation import Op, as_float
from autograd.operators import CONSTANT, number_of
from autograd.ops import mul, total
from autograd.structure import flatten, flatten_like
from autograd.value import Value

TYPE_CHECKING = False
if not TYPE_CHECKING:
    overload = callable  # in place of typing.overload: importing `typing` is slow
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal, Protocol, TypeVar, overload

    T = TypeVar("T")

    class _Gradient(Protocol):
        """The type of `grad(f)`: the gradient has the type of the first argument."""

        @overload
        def __call__(self, x: float, /, *args: Any, **named: Any) -> float: ...
        @overload
        def __call__(self, x: T, /, *args: Any, **named: Any) -> T: ...


@overload
def grad(f: Callable[..., Any], argnums: Literal[0] = 0) -> _Gradient: ...
@overload
def grad(f: Callable[..., Any], argnums: int) -> Callable[..., Any]: ...
@overload
def grad(f: Callable[..., Any], argnums: Sequence[int]) -> Callable[..., tuple[Any, ...]]: ...


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that computes the gradient of a scalar function f with respect to the argument `argnums`.

    The gradient consists of floats in the structure of that argument. For several `argnums` it is a tuple of
    gradients. If an argument is a node, or f uses other nodes, the gradient consists of nodes that depend on them:
    differentiate it by `backward()` or by an outer `grad`.

    >>> from autograd import sin
    >>> grad(sin)(0.0), grad(grad(grad(sin)))(0.0)
    (1.0, -1.0)
    >>> grad(lambda p: p["w"] * p["x"][0])({"w": 2.0, "x": [3.0]})
    {'w': 3.0, 'x': [2.0]}
    """

    def gradient(*args: Any, **named: Any) -> Any:
        return value_and_grad(f, argnums)(*args, **named)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that computes f and its gradient, as a pair, in one evaluation.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """

    def value_and_gradient(*args: Any, **named: Any) -> tuple[Any, Any]:
        trace = _Trace(f, args, named, argnums)
        if not isinstance(trace.result, Real):
            kind = type(trace.result).__name__
            raise TypeError(
                f"a function for grad() must return one number, got {kind}: for several numbers, use jacobian()"
            )
        return trace.value(), trace.pull([1.0])

    return value_and_gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return f(*primals) and its pullback, a function from a cotangent of the result to cotangents of the `primals`.

    >>> y, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> y, pullback([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    trace = _Trace(f, primals, {}, range(len(primals)))
    return trace.value(), lambda cotangent: trace.pull(_entries(trace.result, cotangent, "cotangent"))


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """Return f(*primals) and its derivative in the direction of the `tangents`.

    `primals` and `tangents` are tuples of arguments. Anything else is taken as the only argument.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if not isinstance(primals, tuple):
        primals, tangents = (primals,), (tangents,)
    trace = _Trace(f, primals, {}, range(len(primals)))
    return trace.value(), trace.push(_entries(primals, tangents, "tangent"))


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that computes the derivatives of all numbers in f(...) with respect to all in the argument.

    The result has the structure of f(...), with the structure of the argument in place of each number.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def matrix(*args: Any, **named: Any) -> Any:
        trace = _Trace(f, args, named, argnums)
        n = len(trace.outputs)
        return trace.build_output(trace.pull([0.0] * i + [1.0] + [0.0] * (n - 1 - i)) for i in range(n))

    return matrix


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that computes the second derivatives of a scalar function f: the Jacobian of its gradient.

    >>> hessian(lambda x: x[0] * x[0] * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """Return the Hessian of f at the `primals` times the `tangents`, without computing the Hessian.

    `primals` and `tangents` are tuples of arguments. Anything else is taken as the only argument. The result has the
    structure of `primals`.

    >>> hvp(lambda x: x[0] * x[0] * x[1], [2.0, 3.0], [1.0, 0.0])
    [6.0, 4.0]
    """
    argnums = range(len(primals)) if isinstance(primals, tuple) else 0
    return jvp(grad(f, argnums), primals, tangents)[1]


class _Trace:
    """One call of f with fresh leaves for the arguments `argnums`, and derivatives along the recorded graph."""

    def __init__(self, f: Callable[..., Any], args: Any, named: Any, argnums: int | Sequence[int]) -> None:
        chosen = [argnums] if isinstance(argnums, int) else list(argnums)
        if not all(isinstance(i, int) for i in chosen):
            raise TypeError(f"argnums must be an int or several ints, got {argnums!r}")
        if not all(-len(args) <= i < len(args) for i in chosen):
            raise ValueError(f"argnums must be among the {len(args)} positional arguments, got {argnums!r}")
        if len({i % len(args) for i in chosen}) < len(chosen):
            raise ValueError(f"argnums must be distinct, got {argnums!r}")
        numbers, build = flatten([args[i] for i in chosen])
        self.build = (lambda new: build(new)[0]) if isinstance(argnums, int) else lambda new: tuple(build(new))

        def call() -> Any:
            new = list(args)
            for i, arg in zip(chosen, build(iter(self.leaves))):
                new[i] = arg
            return f(*new, **named)

        self._record(call, numbers)
        if self.is_symbolic and self.order and not self.outside:
            recorder.run(None, lambda: self._record(call, numbers))  # all numbers are known

    def _record(self, call: Callable[[], Any], numbers: Sequence[Any]) -> None:
        """Call f once on fresh leaves."""
        self.leaves = dict.fromkeys(map(_fresh, numbers))
        with differentiating(self.leaves):
            self.result = call()
        self.outputs, self.build_output = flatten(self.result)
        for y in self.outputs:
            refuse_foreign(y, Value)
            if not isinstance(y, Real):
                raise TypeError(f"a function to differentiate must return numbers, got {type(y).__name__}")
        self.kind = next(iter(self.leaves)).__class__ if self.leaves else Value  # of all nodes that depend on them
        self.is_symbolic = self.kind is not Value
        self.order = topological([y for y in self.outputs if y.__class__ is self.kind], self.leaves)
        roots = (node for node in self.order if node.op is None and node not in self.leaves)
        self.outside = any(leaf.op for leaf in self.leaves) or not all(node._is_constant for node in roots)
        if self.is_symbolic:
            read = [*self.outputs, *(x for node in self.order for x in node.inputs)]
            self.outside |= any(x.__class__ is Value for x in read)
        for leaf in self.leaves:
            leaf._is_constant = True  # for an outer trace, it is a constant once f has returned

    def value(self) -> Any:
        """Return the result of f, as plain numbers unless it depends on other nodes."""
        return self.build_output(y if self.outside or y.__class__ is not Value else number_of(y) for y in self.outputs)

    def pull(self, cotangents: Sequence[Any]) -> Any:
        """Propagate the `cotangents` of the outputs back, and return those of the leaves in their structure."""
        seeds: dict[Value, Any] = {}
        for y, c in zip(self.outputs, cotangents):
            if y.__class__ is self.kind and not (c.__class__ is float and c == 0):
                seeds[y] = seeds[y] + c if y in seeds else c
        # Leave out nodes that lead to outputs without a seed only: they may be infinite, and 0 times infinity is nan.
        order = self.order if len(seeds) == len(self.outputs) else topological(seeds, self.leaves)
        sweep = propagate_conditionally if self.is_symbolic and any(map(_chooses, order)) else propagate
        arrived = {node: c for node, c in sweep(order, seeds, self.row) if node in self.leaves and c is not NOTHING}
        return self.build(arrived.get(leaf, 0.0) for leaf in self.leaves)

    def push(self, tangents: Sequence[Any]) -> Any:
        """Propagate the `tangents` of the leaves forward, and return those of the outputs, structured as f(...)."""
        tangent_of = dict(zip(self.leaves, tangents))
        for node in self.order:
            send = passed if self.is_symbolic and _chooses(node) else mul
            terms = [send(d, tangent_of[x]) for x, d in zip(node.inputs, self.row(node)) if x in tangent_of]
            if terms:
                tangent_of[node] = total(terms)
        return self.build_output(tangent_of.get(y, 0.0) if y.__class__ is self.kind else 0.0 for y in self.outputs)

    def row(self, node: Value) -> Sequence[Any]:
        """Return the partial derivatives at `node`: none at a leaf, nodes if the sweep is recorded, or floats."""
        if node in self.leaves or node.op is None:
            return ()
        if not self.outside:
            return node.partials
        return _recorded_row(node, node.op) if self.is_symbolic else _checked_row(node, node.op)


def _chooses(node: Value) -> bool:
    return node.op is not None and node.op.chooses


def _fresh(x: Any) -> Any:
    """Return a new leaf with the number `x`. If `x` is a node, return a new node that is computed from it."""
    number = x if isinstance(x, Operand) else as_float(x, "a differentiated argument")
    if active := recorder.active.get():
        return active.leaf(number)
    return Value(number) if number.__class__ is float else mul.apply((x, 1.0))


def _recorded_row(node: Value, op: Op) -> Sequence[Any]:
    inputs = [x if isinstance(x, Operand) else float(x) for x in node.inputs]
    try:
        return op.partials(inputs, node)
    except ArithmeticError:  # 1 / 0 of constants; nodes do not raise it
        return op.partials([Value(x) if x.__class__ is float else x for x in inputs], node)


def _checked_row(node: Value, op: Op) -> Sequence[Any]:
    """Return the recorded row of `node`. Raise an error if it does not have the numbers of the forward pass."""
    with nullcontext() if op.is_ours else reading_rule():
        row = _recorded_row(node, op)
    for then, now in zip(node.partials, (number_of(d) if d.__class__ is Value else float(d) for d in row)):
        if then != now and then == then:
            hint = "" if op.is_ours else f", or the rule of {op} returns different numbers for nodes and floats"
            raise RuntimeError(f"the data of {name_of(node)} or of an input has changed since the forward pass{hint}")
    if op.chooses:
        return [then if then is NOTHING else now for then, now in zip(node.partials, row)]
    return row


def _entries(model: Any, tree: Any, name: str) -> list[Any]:
    numbers = flatten_like(model, tree, name)
    return [x if isinstance(x, Operand) else as_float(x, f"each entry of the {name}") for x in numbers]


def detach(v: Value, label: str = "") -> Value:
    """Return a new leaf with the number of `v`. No gradient flows through it to `v`.

    >>> x = Value(3.0)
    >>> (x * detach(x)).backward()
    >>> x.grad
    3.0
    """
    if not isinstance(v, Real):
        check_node(v, "v")
    leaf = Value(float(v) if isinstance(v, Operand) else v, label)
    leaf.partials = CONSTANT
    return leaf
