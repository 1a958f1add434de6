"""`compile`: a function written one scalar at a time, as a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Any

import numpy as np

from autograd.arrays.arguments import Argument, Array, Batch, builder, flatten, plain_shapes, samples_of
from autograd.arrays.program import Program
from autograd.arrays.scalars import ScalarProgram
from autograd.arrays.trace import Trace
from autograd.structure import argument_names
from autograd.value import Value

_REDUCTIONS = ("mean", "sum", None)


def compile(
    f: Callable[..., Any],
    params: Iterable[Value] | None = None,
    *,
    reduction: str | None = "",
) -> Compiled:
    """Return the function `f` of scalars as one of arrays, which computes all samples in one array program.

    >>> import numpy as np
    >>> from autograd import sin
    >>> f = compile(lambda x, y: sin(x) * y)
    >>> f(np.array([0.0, 1.0]), 2.0)
    array([0.        , 1.68294197])
    >>> value, (by_x, by_y) = f.value_and_grad(np.array([0.0, 1.0]), 2.0)
    >>> by_x
    array([2.        , 1.08060461])

    Without `params`, each number among the arguments may be an array; they broadcast, and f is computed once for each
    element. With `params`, the parameters of a model, f is the loss of one sample: then the first axis of each argument
    is that of the samples, the further ones are lists, and the result is reduced, by default to the "mean".

    >>> w = Value(3.0)
    >>> step = compile(lambda x, y: (w * x - y) ** 2, params=[w])
    >>> step([1.0, 2.0], [2.0, 4.0])
    2.5
    >>> step.backward([1.0, 2.0], [2.0, 4.0])
    2.5
    >>> w.grad
    5.0

    The program is made at the first call, for the shapes of its arguments, and `program` shows it. f is recorded then:
    what it draws at random is fixed from then on; other nodes that it reads are read at each call. Its numbers are not
    known yet: a branch on one, or a float of one, raises a TypeError that names the line. An argument that is an index
    chooses by `choose`, `one_hot`, `nn.Embedding`; each call checks its indices, labels and what else a `Requirement`
    is for.
    """
    if not callable(f):
        raise TypeError(f"compile() takes a function, not {type(f).__name__}")
    if reduction == "":
        reduction = None if params is None else "mean"
    if reduction not in _REDUCTIONS:
        raise ValueError(f'reduction is "mean", "sum" or None, not {reduction!r}')
    return Compiled(f, None if params is None else _leaves(params), reduction)


def _leaves(params: Iterable[Value]) -> list[Value]:
    """Return the parameters as a list, or say what is wrong with them."""
    leaves = list(params)
    for p in leaves:
        if not isinstance(p, Value) or p.op is not None:
            raise TypeError(f"params are leaves, such as model.parameters(), not {p!r}")
    if len(set(leaves)) < len(leaves):
        raise ValueError("a parameter is there twice among the params")
    return leaves


class Compiled:
    """A function that `compile` made. Call it with arrays; `value_and_grad` gives gradients, too."""

    def __init__(self, f: Callable[..., Any], params: list[Value] | None, reduction: str | None) -> None:
        self.f, self.params, self.reduction = f, params, reduction
        self._names: dict[int, list[str]] = {}
        self._traces: dict[Any, Trace] = {}
        self._known: dict[Any, tuple[Trace, Batch]] = {}  # by the shapes of plain arrays
        self._latest: Program | ScalarProgram | None = None
        self._lock = RLock()  # an operation in f may call the compiled function

    def __call__(self, *args: Any) -> Any:
        """Return the value: of each sample, or what they are reduced to."""
        return self._run(args, None, with_gradient=False)[0]

    def backward(self, *args: Any) -> float:
        """Return the value, and add the gradient by each parameter to its `grad`, as `backward` of a node does."""
        if not self.params:
            raise TypeError("backward() is of a function that was compiled with params; see value_and_grad()")
        value, gradient = self._run(args, None, with_gradient=True)
        for p, g in zip(self.params, gradient.tolist()):
            p._grad += g
        return float(value)

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """Return the value and its gradient: by all arguments, or where there are params by these.

        With params, the first argument is the array of their numbers, in their order, and so is the gradient.
        """
        if self.params is None:
            return self._run(args, None, with_gradient=True)
        if not args:
            raise TypeError("value_and_grad() takes the array of the parameters first, then the arguments")
        theta = np.asarray(args[0], np.float64)
        if theta.shape != (len(self.params),):
            raise ValueError(
                f"theta has to be of shape ({len(self.params)},), one number a parameter, not {theta.shape}"
            )
        return self._run(args[1:], theta, with_gradient=True)

    @property
    def program(self) -> Program | ScalarProgram:
        """The program that was used last."""
        if self._latest is None:
            raise RuntimeError("there is no program yet: call the compiled function once, which tells it the shapes")
        return self._latest

    def _run(self, args: Sequence[Any], theta: Array | None, with_gradient: bool) -> tuple[Any, Any]:
        arrays, trace, batch = self._prepare(args)
        if with_gradient and not (trace.is_single and (batch.reduction or not batch.samples_first)):
            raise TypeError("a gradient is of a function that returns one number, and with params of a mean or a sum")
        if theta is None:
            theta = np.array([p._data for p in self.params or ()])
        self._latest, value, gradient = trace.run(batch, arrays, theta, with_gradient)
        return value, gradient

    def _prepare(self, args: Sequence[Any]) -> tuple[Sequence[Array], Trace, Batch]:
        """Return the arrays in `args`, and the trace and the samples for their shapes."""
        shapes = plain_shapes(args)
        if shapes in self._known:
            return args, *self._known[shapes]
        samples_first = self.params is not None
        arguments = flatten(args, self._argument_names(len(args)), samples_first)
        batch = Batch(samples_of(arguments, samples_first), samples_first, self.reduction)
        trace = self._trace(args, arguments)
        if shapes is not None:
            self._known[shapes] = trace, batch
        return [argument.array for argument in arguments], trace, batch

    def _argument_names(self, count: int) -> list[str]:
        if count not in self._names:
            self._names[count] = argument_names(self.f, count)
        return self._names[count]

    def _trace(self, args: Sequence[Any], flat: Sequence[Argument]) -> Trace:
        signature = tuple([(argument.name, argument.shape) for argument in flat])
        found = self._traces.get(signature)
        if found is None:
            with self._lock:
                if signature not in self._traces:
                    build = builder(args, self.params is not None)
                    self._traces[signature] = Trace(self.f, flat, build, self.params)
                found = self._traces[signature]
        return found
