"""Operations as functions of JAX arrays, whose derivatives of all orders are those of their rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

import jax
import jax.numpy as jnp

from autograd import floats, ops
from autograd.compiler.branches import NotCodeError, decide, equal
from autograd.compiler.code import UFUNCS
from autograd.operand import Operand
from autograd.operation import Op


def apply(op: Op, inputs: Sequence[Any]) -> Any:
    """Return the value of `op` at `inputs`, which are arrays, and floats where they are constants."""
    if op in _BY_JAX:
        return _value(op, inputs)
    arrays = [x for x in inputs if x.__class__ is not float]
    return _with_rule(op, inputs)(*arrays) if arrays else op.evaluate(inputs)


class Array(Operand):
    """An array as an operand of rules."""

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Array:
        return Array(apply(op, [x.array if isinstance(x, Array) else float(x) for x in inputs]))

    __bool__ = decide
    __eq__ = equal
    __hash__ = None  # type: ignore[assignment]  # as of what has no equality


class _Primal(Array):
    """An array inside the value of an operation, which is never differentiated."""

    __slots__ = ()

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Array:
        return _Primal(_value(op, [x.array if isinstance(x, Array) else float(x) for x in inputs]))


def _with_rule(op: Op, inputs: Sequence[Any]) -> Callable[..., Any]:
    """Return the operation as a function of those `inputs` that are arrays."""

    def filled(arrays: Sequence[Any]) -> list[Any]:
        rest = iter(arrays)
        return [x if x.__class__ is float else next(rest) for x in inputs]

    def jvp(arrays: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        y, rest = function(*arrays), iter(tangents)
        sent = jnp.zeros_like(y)
        moves = [None if x.__class__ is float else next(rest) for x in inputs]
        for i, (d, t) in enumerate(zip(_row(op, filled(arrays), y), moves)):
            if t is not None and i not in op.constants and not isinstance(t, jax.custom_derivatives.SymbolicZero):
                sent = sent + (jnp.where(d != 0, d * t, 0.0) if op.chooses else d * t)
        return y, sent

    function: Any = jax.custom_jvp(lambda *arrays: _value(op, filled(arrays)))
    function.defjvp(jvp, symbolic_zeros=True)
    return function  # type: ignore[no-any-return]


def _row(op: Op, inputs: Sequence[Any], y: Any) -> list[Any]:
    """Return the partial derivatives of an operation as arrays and numbers."""
    try:
        row = op.partials([x if x.__class__ is float else Array(x) for x in inputs], Array(y))
    except Exception:
        raise NotCodeError(f"JAX cannot differentiate {op}: its rule takes nothing but floats") from None
    op.check_row(row, len(inputs))
    return [d.array if isinstance(d, Array) else float(d) for d in row]


def _value(op: Op, inputs: Sequence[Any]) -> Any:
    if op in _FUNCTIONS:
        return _FUNCTIONS[op](*inputs)
    operands = [x if x.__class__ is float else _Primal(x) for x in inputs]
    value = op.numpy if callable(op.numpy) else op.value
    try:
        y = value(operands) if op.variadic else value(*operands)
    except Exception:
        raise NotCodeError(f"JAX cannot compute {op}: its value takes nothing but floats") from None
    return y.array if isinstance(y, Array) else float(y)


def _compare(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: jnp.where(function(a, b), 1.0, 0.0)


def _pow(a: Any, b: Any) -> Any:
    root = (b == 0.5) & ((a == 0) | (a == -inf))  # there JAX takes the square root
    return jnp.power(jnp.where(root, abs(a), a), b)


def _sech(x: Any) -> Any:
    e = jnp.exp(-abs(x))  # a single one; cosh needs two
    return 2 * e / (1 + e * e)


def _bessel(x: Any, n: float) -> Any:
    if not n <= 30:
        return nan * x
    near = floats.bessel_series(0.5 * x * x, n, 0.0) / floats.odd_factorial(n)
    start = jnp.sin(x) / x
    far = start if n < 1 else floats.bessel_upward(x, n, 1.0, start, (start - jnp.cos(x)) / (x * x))
    return jnp.where(x * x < 4 * n + 6, near, jnp.where(abs(x) == inf, 0.0, far))


def _log_sum_exp(xs: Any) -> Any:
    top = xs.max(-1)
    is_top = jnp.arange(xs.shape[-1]) == xs.argmax(-1)[..., None]
    y = top + jnp.log1p(jnp.where(is_top, 0.0, jnp.exp(xs - top[..., None])).sum(-1))
    return jnp.where(abs(top) == inf, top, y)


def _log_sum_exp_jvp(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (xs,), (t,) = primals, tangents
    y = log_sum_exp(xs)
    return y, (_softmax(xs, jax.lax.stop_gradient(y)[..., None]) * t).sum(-1)


def _softmax(xs: Any, y: Any) -> Any:
    e = jnp.exp(xs - y)
    infinite = xs == inf
    is_alone = infinite.sum(-1, keepdims=True) == 1  # the share of a single infinite number is 1
    limit = jnp.where(infinite, jnp.where(is_alone, 1.0, nan), 0.0)
    return jnp.where(y == inf, limit, e / e.sum(-1, keepdims=True))


log_sum_exp: Any = jax.custom_jvp(_log_sum_exp)  # along the last axis
log_sum_exp.defjvp(_log_sum_exp_jvp)

_FUNCTIONS: dict[Op, Callable[..., Any]] = {
    op: getattr(jnp, UFUNCS[op.name]) for op in (*ops.TABLE.values(), *ops.AUXILIARY) if op.name in UFUNCS
}
_FUNCTIONS |= {
    ops.where: lambda condition, a, b: jnp.where(condition != 0, a, b),
    ops.less: _compare(lambda a, b: a < b),
    ops.less_equal: _compare(lambda a, b: (a < b) | (a == b)),  # XLA takes a >= b as true if a is nan and a square
    ops.greater: _compare(lambda a, b: a > b),
    ops.greater_equal: _compare(lambda a, b: (a > b) | (a == b)),
    ops.erf: jax.lax.erf,
    ops.erfc: jax.lax.erfc,
    ops.pow: _pow,
    ops.sech: _sech,
    ops.bessel: _bessel,
    ops.logsumexp: lambda *xs: log_sum_exp(jnp.stack(jnp.broadcast_arrays(*xs), axis=-1)),
}
# JAX differentiates these as their rules do.
_BY_JAX = {ops.add, ops.sub, ops.mul, ops.neg, ops.exp, ops.sin, ops.cos, ops.sinh, ops.cosh, ops.logsumexp, ops.where}
_BY_JAX |= set(ops.COMPARISONS)
