"""Find losses that train nothing, because no parameter has a part in them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from autograd import Value, where

from ..shared import refuse_foreign

_COMPARISONS = ("<", "<=", ">", ">=")  # nodes in a function that is compiled; their derivative is 0 everywhere


def depends_on(loss: Any, parameters: Collection[Value]) -> bool:
    """Say whether derivatives of the `loss` can reach one of the `parameters`, be they 0 at present or not.

    >>> w = Value(2.0)
    >>> depends_on(3 * w, {w}), depends_on(3 * w.data, {w})
    (True, False)
    """
    refuse_foreign(loss, Value)
    stack, seen = [loss], set()
    while stack:
        node = stack.pop()
        if node.__class__ is not Value or node in seen:
            continue
        if node in parameters:
            return True
        seen.add(node)
        if node.op is not None and node.op.name not in _COMPARISONS:
            stack += node.inputs[1:] if node.op is where else node.inputs
    return False


def no_dependence() -> ValueError:
    """Return the error of a loss that depends on no parameter."""
    return ValueError(
        "the loss does not depend on any parameter of the model, so there is nothing to train: compute it from "
        "model(x) by operations of autograd, without v.data, float(v), detach(v) or comparisons"
    )
