"""Run array programs by JAX."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.argument_checks import ArgumentChecks
from autograd.compiler.arguments import Array, Batch

if TYPE_CHECKING:
    from autograd.compiler.jax_program import JaxProgram


def require_jax(*, bits: int = 0) -> None:
    """Raise an error if JAX is missing, or does not compute in numbers of 64 `bits`."""
    if find_spec("jax") is None:
        raise ImportError('JAX is missing: pip install "chainrule[jax]"')
    import jax

    if bits == 64 and not jax.config.read("jax_enable_x64"):
        raise RuntimeError(
            'backend="jax" needs numbers of 64 bits: call jax.config.update("jax_enable_x64", True) first'
        )


class JaxRunner:
    """Runs a `program`, compiled by `jax.jit`. Its last roots are computed for the `checks`."""

    def __init__(self, program: JaxProgram, checks: ArgumentChecks, by_params: bool) -> None:
        self.program, self._checks, self._by_params = program, checks, by_params

    @cached_property
    def _compiled(self) -> Any:
        import jax

        return jax.jit(self._compute, static_argnums=(0, 1))

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of an argument."""
        require_jax(bits=64)
        values, gradients = self._compiled(batch, with_gradient, theta, self.program.numbers, list(arrays))
        found = [np.array(x) if x.ndim else float(x) for x in values]
        return found, [np.array(g) for g in gradients] if with_gradient else None

    def _compute(self, batch: Batch, with_gradient: bool, theta: Any, leaves: Any, arrays: Sequence[Any]) -> Any:
        import jax

        def total(theta: Any, arrays: Sequence[Any]) -> tuple[Any, list[Any]]:
            values = self.program.values(batch, theta, leaves, arrays)
            results = [_reduced(x, batch) for x in values[: len(values) - len(self._checks.computed)]]
            return results[0].sum(), results

        if not with_gradient:
            return total(theta, arrays)[1], []
        gradients, values = jax.grad(total, argnums=0 if self._by_params else 1, has_aux=True)(theta, arrays)
        return values, [gradients] if self._by_params else gradients

    def traced(self, batch: Batch, theta: Any, arrays: Sequence[Any]) -> list[Any]:
        """Return the values as a part of a program of JAX: nan if an index or a label is out of range."""
        import jax.numpy as jnp

        arrays = [jnp.asarray(x) for x in arrays]
        values = self.program.values(batch, theta, self.program.numbers, arrays)
        count = len(values) - len(self._checks.computed)
        is_met = self._checks.are_met(arrays, values[count:], jnp.floor)
        results = [_reduced(x, batch) for x in values[:count]]
        return results if is_met is True else [jnp.where(is_met, x, jnp.nan) for x in results]


def _reduced(values: Any, batch: Batch) -> Any:
    return values if batch.reduction is None else values.mean() if batch.reduction == "mean" else values.sum()
