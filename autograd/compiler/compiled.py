"""`compile`: turn a function of scalars into a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from threading import RLock
from typing import Any

import numpy as np

from autograd import structure
from autograd.backing import LOCK, Backing
from autograd.compiler.arguments import Argument, Array, Batch, builder, flatten, plain_shapes, samples_of
from autograd.compiler.jax_runner import require_jax
from autograd.compiler.native import require_native
from autograd.compiler.trace import AnyProgram, Trace
from autograd.compiler.verification import Verification
from autograd.copying import copy_function
from autograd.foreign import refuse_foreign
from autograd.value import Value

MAX_KEPT = 24  # structures and shapes of arguments, for each compiled function
_REDUCTIONS = ("mean", "sum", None)
_NOTHING = np.zeros(0)
_BACKENDS = ("", "numpy", "native", "jax")


def compile(
    f: Callable[..., Any],
    params: Iterable[Value] | None = None,
    *,
    reduction: str | None = "",
    backend: str = "",
    verify: bool = False,
) -> Compiled:
    """Compile a function of scalars to a function of arrays, which computes all samples by one NumPy program.

    >>> import numpy as np
    >>> from autograd import sin
    >>> f = compile(lambda x, y: sin(x) * y)
    >>> f(np.array([0.0, 1.0]), 2.0)
    array([0.        , 1.68294197])
    >>> value, (dx, dy) = f.value_and_grad(np.array([0.0, 1.0]), 2.0)
    >>> dx
    array([2.        , 1.08060461])

    Without `params`, each number in the arguments may be an array. The arrays broadcast, and f is computed for each
    element. With `params`, the parameters of a model, f is the loss of one sample. The first axis of each argument then
    counts the samples, other axes become lists, and `reduction` is "mean" (the default), "sum" or None.

    >>> w = Value(3.0)
    >>> step = compile(lambda x, y: (w * x - y) ** 2, params=[w])
    >>> step([1.0, 2.0], [2.0, 4.0])
    2.5
    >>> step.backward([1.0, 2.0], [2.0, 4.0])
    2.5
    >>> w.grad
    5.0

    The first call records f and writes the program, for the structure and shapes of its arguments; `program` shows it.
    The 24 most recently used programs are kept, each with buffers for 4 batch sizes. While f is recorded, its numbers
    have no value yet: a branch on one, or its conversion to a float, raises a TypeError that names the line. Random
    numbers that f draws are fixed in the program. The data of leaves is read at each call.

    By default, long recurrences and other graphs with little repetition run as machine code if llvmlite is installed
    (`pip install "chainrule[native]"`), other graphs as NumPy programs. The `backend` "numpy" never uses machine code,
    and "native" wherever it can; it raises an error if llvmlite is missing. The `backend` "jax" compiles with JAX
    (`pip install "chainrule[jax]"`), and needs `jax_enable_x64`. See also `Compiled.to_jax`.

    With `verify`, f is called with nodes at a few random points before the first use of each program. A RuntimeError
    says if a value or a derivative of the program differs by more than rounding errors.

    Use `choose`, `one_hot` or `nn.Embedding` for arguments that are indices. Each call checks indices, labels and any
    other `Requirement`. Copies and pickles contain f and its parameters, but no programs; pickle does not take lambdas.
    """
    if not callable(f):
        raise TypeError(f"f must be a function, got {type(f).__name__}")
    if reduction == "":
        reduction = None if params is None else "mean"
    if reduction not in _REDUCTIONS:
        raise ValueError(f'reduction must be "mean", "sum" or None, got {reduction!r}')
    if backend not in _BACKENDS:
        raise ValueError(f'backend must be "numpy", "native" or "jax", or "" to choose the fastest, got {backend!r}')
    if backend == "native":
        require_native()
    if backend == "jax":
        require_jax(bits=64)
    return Compiled(f, None if params is None else _leaves(params), reduction, backend, bool(verify))


def _leaves(params: Iterable[Value]) -> tuple[Value, ...]:
    """Return the parameters as a tuple. Raise an error if they are not distinct leaves."""
    leaves = tuple(params)
    for p in leaves:
        refuse_foreign(p, Value)
        if not isinstance(p, Value) or p.op is not None:
            raise TypeError(f"params must be leaves, such as model.parameters(), got {p!r}")
    if len(set(leaves)) < len(leaves):
        raise ValueError("params must be distinct, got one twice")
    return leaves


class Compiled:
    """A compiled function. Call it with arrays; `value_and_grad` and `backward` compute gradients, too."""

    def __init__(
        self,
        f: Callable[..., Any],
        params: tuple[Value, ...] | None,
        reduction: str | None,
        backend: str,
        verify: bool,
    ) -> None:
        self._f, self._params, self._reduction, self._backend = f, params, reduction, backend
        self._verification = Verification(f, params) if verify else None
        self._backing = Backing(params or (), np.array)
        self._names = lru_cache(MAX_KEPT)(lambda count: structure.argument_names(f, count))
        self._traces = _slots()  # by the structure of a sample
        self._known = _slots()  # trace and batch, by the shapes of arguments that are plain arrays
        self._latest: tuple[Trace, AnyProgram] | None = None
        self._lock = RLock()  # an operation in f may call the compiled function

    @property
    def f(self) -> Callable[..., Any]:
        """The function of scalars."""
        return self._f

    @property
    def params(self) -> tuple[Value, ...] | None:
        """The parameters, or None."""
        return self._params

    @property
    def reduction(self) -> str | None:
        """The reduction over the samples: "mean", "sum" or None."""
        return self._reduction

    # Copies and pickles contain the function and its parameters; programs are written again.

    def __getstate__(self) -> tuple[Any, ...]:
        return self._f, self._params, self._reduction, self._backend, self._verification is not None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
        twin = memo[id(self)] = Compiled.__new__(Compiled)
        f, params = copy_function(self._f, memo), self._params
        if params and f is not self._f:  # else it reads the same nodes
            params = tuple([memo.get(id(p), p) for p in params])
        twin.__init__(f, params, *self.__getstate__()[2:])  # type: ignore[misc]
        return twin

    def __call__(self, *args: Any) -> Any:
        """Return the value of each sample, or their reduction."""
        return self._run(args, None, with_gradient=False)[0]

    def backward(self, *args: Any) -> float:
        """Return the value, and add the gradients to the `grad` of the parameters, as `Value.backward` does."""
        if not self._params:
            raise TypeError(
                "backward() needs a function compiled with params=...; without parameters, use value_and_grad()"
            )
        value, gradient = self._run(args, None, with_gradient=True)
        with LOCK, np.errstate(all="ignore"):
            self._backing.held().grad += gradient
        return float(value)

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """Return the value and its gradient with respect to all arguments, or to the parameters if there are any.

        With parameters, the first argument is an array of their numbers. The gradient is an array in the same order.
        """
        if self._params is None:
            return self._run(args, None, with_gradient=True)
        self._check_theta(args)
        return self._run(args[1:], np.asarray(args[0], np.float64), with_gradient=True)

    def _check_theta(self, args: Sequence[Any]) -> None:
        """Raise an error if the first argument is not an array of the parameters."""
        wanted = (len(self._params or ()),)
        if not args:
            raise TypeError("the function takes the array of parameters first, then the arguments, got nothing")
        if np.shape(args[0]) != wanted:
            raise ValueError(f"theta must have the shape {wanted}, one number per parameter, got {np.shape(args[0])}")

    def to_jax(self) -> Callable[..., Any]:
        """Return a pure function of JAX that computes the same: `f(theta, *args)`, or `f(*args)` without parameters.

        `theta` is an array of the parameters in the order of `params`. JAX can compile the function, differentiate it
        to any order, map it over further axes and shard it. Derivatives are those of the operations' own rules, also at
        kinks and ties. The results have the precision of the arguments; set `jax_enable_x64` for 64 bits.

        Other leaves are read when JAX traces the function. JAX raises no errors that depend on numbers, so the result
        is nan if an index or a label is out of range. Branches that were not chosen send no gradient, except where
        they multiply by an argument or a parameter that is infinite or nan.
        """
        require_jax()
        return self._in_jax

    def _in_jax(self, *args: Any) -> Any:
        if self._params is not None:
            self._check_theta(args)
        theta, samples = ((), args) if self._params is None else (args[0], args[1:])
        arrays, build = structure.flatten(samples, lambda leaf: ([leaf], next))
        _, trace, batch = self._prepare(build(iter([np.broadcast_to(0.0, np.shape(x)) for x in arrays])))
        return trace.in_jax(batch, theta, arrays)

    @property
    def program(self) -> AnyProgram:
        """The program that was used last."""
        return self._last_run()[1]

    @property
    def llvm(self) -> str:
        """The program that was used last as LLVM code, for one sample, with gradients."""
        return self._last_run()[0].machine_code.text()

    def _last_run(self) -> tuple[Trace, AnyProgram]:
        if self._latest is None:
            raise RuntimeError(
                "there is no program yet: call the compiled function first; its arguments set the shapes"
            )
        return self._latest

    def _run(self, args: Sequence[Any], theta: Array | None, with_gradient: bool) -> tuple[Any, Any]:
        arrays, trace, batch = self._prepare(args)
        if with_gradient and not (trace.is_single and (batch.reduction or not batch.samples_first)):
            raise TypeError(
                'a gradient needs a function that returns one number and, with params, the reduction "mean" or "sum"'
            )
        if self._verification:
            self._verification.check(trace, batch, arrays)
        if theta is None:
            theta = self._backing.numbers() if self._params else _NOTHING
        program, value, gradient = trace.run(batch, arrays, theta, with_gradient)
        self._latest = trace, program
        return value, gradient

    def _prepare(self, args: Sequence[Any]) -> tuple[Sequence[Array], Trace, Batch]:
        """Return the arrays in `args`, and the trace and the samples for their shapes."""
        shapes = plain_shapes(args)
        known = [] if shapes is None else self._known(shapes)
        if known:
            return args, *known
        samples_first = self._params is not None
        arguments, kind = flatten(args, self._names(len(args)), samples_first)
        batch = Batch(samples_of(arguments, samples_first), samples_first, self._reduction)
        trace = self._trace(args, arguments, kind)
        known[:] = trace, batch
        return [argument.array for argument in arguments], trace, batch

    def _trace(self, args: Sequence[Any], flat: Sequence[Argument], kind: Hashable) -> Trace:
        slot = self._traces(kind)
        if not slot:
            with self._lock:
                if not slot:
                    build = builder(args, self._params is not None)
                    slot.append(Trace(self._f, flat, build, self._params, self._backend))
        trace: Trace = slot[0]
        return trace


def _slots() -> Callable[[Hashable], list[Any]]:
    """Return a function from keys to lists, which forgets the least recently used keys."""
    return lru_cache(MAX_KEPT)(lambda key: [])
