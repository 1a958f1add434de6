"""Inspect a recorded graph: find the first node that is not finite, recompute it at another point, name its nodes."""

from __future__ import annotations

import os
from math import isfinite
from numbers import Real

from autograd.backpropagation import topological
from autograd.foreign import refuse_foreign
from autograd.operand import Operand
from autograd.operation import Op, as_float
from autograd.terminal import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, SupportsFloat

    from autograd.value import Value


def first_nonfinite(root: Value) -> Value | None:
    """Return the first node in the order of computation that is nan or infinite, or None if all are finite.

    >>> from autograd import Value, first_nonfinite, log
    >>> x = Value(0.0, label="x")
    >>> first_nonfinite(3 + 1 / log(x))
    Value(data=-inf, grad=0.0, op=log)

    `made_at` of the node is the line of code that created it.
    """
    check_node(root, "root")
    return next((node for node in topological([root]) if not isfinite(node.data)), None)


def check_node(x: object, name: str) -> None:
    """Raise a TypeError if the argument `x`, called `name`, is not a Value."""
    if isinstance(x, Operand) and hasattr(x, "partials"):
        return
    refuse_foreign(x, Operand)
    raise TypeError(f"{name} must be a Value, got {_kind_of(x)}")


def _kind_of(x: object) -> str:
    """Describe `x`, and say how to get a Value instead."""
    name = type(x).__name__
    kind = f"a {name}" if type(x).__module__ == "builtins" else name
    hint = "make a Value first, such as Value(2.0)"
    if isinstance(x, Op):
        kind, hint = "an operation", f"apply it first, such as {x.name}(v)"
    elif x is None:
        kind, hint = "None", "does the function that made it return its result?"
    elif isinstance(x, Real):
        kind, hint = "a number, which has no graph", "compute it from Values"
    elif isinstance(x, type):
        kind = f"the class {x.__name__}"
    elif callable(x):
        hint = "call it on Values first, and pass its result"
    elif hasattr(x, "__len__") and not isinstance(x, str):
        hint = "use one of its entries, or their total()"
    return f"{kind}: {hint}"


def check_seed(root: Value, seed: SupportsFloat) -> float:
    """Return the `seed` of a backward pass as a float, and warn if `root` is not finite."""
    if not isfinite(root.data):
        import warnings

        culprit = origin_of(first_nonfinite(root) or root)
        message = f"backward pass from {root.data}: the first node that is not finite is {culprit}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    return as_float(seed, "the seed of a backward pass")


def describe(op: Op, inputs: Sequence[Any]) -> str:
    """Describe the call of `op` on `inputs` in one line, such as log(x = 0.0)."""
    labels = [one_line(str(getattr(x, "label", "") or "")) for x in inputs[:4]]
    shown = [f"{label} = {float(x)}" if label else str(float(x)) for label, x in zip(labels, inputs)]
    return f"{op.name}({', '.join(shown + ['...'] * (len(inputs) > 4))})"


def name_of(node: Value) -> str:
    """Describe `node` for a message by label, operation and inputs, such as 'h' = log(x = 0.0) = -inf."""
    label = repr(node.label) if node.label else ""
    formula = describe(node.op, node.inputs) if node.op else ""
    return " = ".join(filter(None, [label, formula, str(node.data)]))


def origin_of(node: Value) -> str:
    """Describe `node` for a message, with the line of code that created it if its inputs are finite and it is not."""
    return ", made at ".join(filter(None, [name_of(node), node.made_at]))


def replay(root: Value, changed: Mapping[Value, SupportsFloat]) -> float:
    """Recompute `root` from the recorded graph, with other numbers for the nodes in the dict `changed`.

    The graph stays unchanged. Leaves that are not in `changed` keep their current data.

    >>> from autograd import Value, replay
    >>> a = Value(2.0)
    >>> y = a * a
    >>> round((replay(y, {a: 2.001}) - y.data) / 0.001, 6)  # a slope by hand
    4.001
    """
    check_node(root, "root")
    if not hasattr(changed, "items"):
        raise TypeError(f"changed must be a dict from nodes to numbers, got {type(changed).__name__}")
    for node in changed:
        check_node(node, "each key of changed")
    data = {node: as_float(number, "each value of changed") for node, number in changed.items()}
    order = topological([root])
    for stranger in data.keys() - set(order):
        raise ValueError(f"each key of changed must be in the graph of {root!r}, got {stranger!r}")
    for node in order:
        if node not in data:
            inputs = [data[x] if x.__class__ is node.__class__ else float(x) for x in node.inputs]
            data[node] = node.op.evaluate(inputs) if node.op else node.data
    return data[root]


def dependents(nodes: Iterable[Value], input: Value) -> set[Value]:
    """Return `input` and those of the `nodes`, given in topological order, that are computed from it."""
    found = {input}
    for node in nodes:
        if any(x.__class__ is not float and x in found for x in node.inputs):
            found.add(node)
    return found


def edges_of(nodes: Iterable[Value]) -> Iterator[tuple[Value, Value]]:
    """Yield a pair of an input and its reader for each edge that leads to one of the `nodes`."""
    for node in nodes:
        for x in node.inputs:
            if x.__class__ is node.__class__:
                yield x, node


def common_scope(scopes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the common beginning of `scopes`.

    >>> common_scope([("net", "layer 0"), ("net", "layer 1", "neuron 3")])
    ('net',)
    """
    return tuple(os.path.commonprefix(list(scopes)))  # noqa: RUF071 - of tuples of names, not of paths
