"""`Module`: the base class of models, which finds the parameters in its fields."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from reprlib import recursive_repr
from reprlib import repr as shortened
from typing import Any, SupportsFloat

from autograd import Value

from .checks import float_or_infinity
from .shared import items_of, printed, refuse_foreign

_MAX_NAMES, _MAX_NAME_LENGTH = 3, 80


@printed
class Module:
    """The base class of models. Parameters are the leaf `Value`s in fields, also in lists, dicts, arrays and modules.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> [name for name, p in Line().named_parameters()]
    ['slope', 'offset']
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield each parameter once, with its name: ('layers.0.neurons.3.b', Value(...))."""
        found = set()
        for path, value in _leaves(self, "", set()):
            if value not in found:
                found.add(value)
                yield path, value

    def parameters(self) -> list[Value]:
        """Return a list of the parameters, each once, in the order of the fields."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to 0; call this before each backward pass."""
        for p in self.parameters():
            p.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """Return a dict of the numbers of all parameters by name, such as {"w.0": 0.5, "b": 0.0}."""
        return {name: p.data for name, p in _by_name(self).items()}

    def load_state_dict(self, state: Mapping[str, SupportsFloat]) -> None:
        """Set the parameters to the numbers in `state`, a dict as from `state_dict`.

        Raise ValueError or TypeError, and change nothing, if names do not match or a number is not finite.
        """
        parameters = _by_name(self)
        _check_names(state, parameters)
        numbers = [_finite(name, state[name]) for name in parameters]
        for p, number in zip(parameters.values(), numbers):
            p.data = number

    def save(self, path: str | os.PathLike[str], *, about: Mapping[str, Any] | None = None) -> None:
        """Write the model to the JSON file `path`, which `nn.load` reads; `about` is JSON data to keep with it."""
        from .saving.checkpoint import save

        save(self, path, about=about)

    @recursive_repr()
    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}, {len(self.parameters())} parameters"]
        for name, field in vars(self).items():
            parts = field if isinstance(field, (list, tuple)) else [field]
            for i, part in enumerate(parts):
                if isinstance(part, Module):
                    where = f"{name}.{i}" if part is not field else name
                    lines += [f"  {line}" for line in f"{where}: {part!r}".splitlines()]
        return "\n".join(lines)


def _leaves(field: Any, path: str, entered: set[int]) -> Iterator[tuple[str, Value]]:
    """Yield the leaves in `field` with their paths; enter each module only once."""
    if isinstance(field, Value):
        if field.op is None:
            yield path, field
        return
    if isinstance(field, Module):
        if id(field) in entered:
            return
        entered.add(id(field))
        field = vars(field)
    elif not isinstance(field, (list, tuple, dict)):
        refuse_foreign(field, Value)
        refuse_foreign(field, Module)
    if getattr(field, "dtype", None) is not None and field.dtype.kind == "O":  # a NumPy array of nodes
        field = field.tolist()
    for key, part in items_of(field):
        name = f"{path}.{key}" if path else str(key)
        if part.__class__ is Value and part.op is None:  # without a generator for each leaf: twice as fast
            yield name, part
        else:
            yield from _leaves(part, name, entered)


def _by_name(module: Module) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, p in module.named_parameters():
        if name in found:
            raise ValueError(f"parameters must have different names, got {name} twice: rename a field or key")
        found[name] = p
    return found


def _check_names(state: Mapping[str, Any], parameters: Mapping[str, Value]) -> None:
    if not isinstance(state, Mapping):
        raise TypeError(f"state must be a dict of numbers by name, got {type(state).__name__}")
    missing = [name for name in parameters if name not in state]
    unexpected = [name for name in state if name not in parameters]
    parts = [f"{kind} {_some(names)}" for kind, names in (("missing", missing), ("unexpected", unexpected)) if names]
    if parts:
        raise ValueError(f"state does not match the model: {'; '.join(parts)}")


def _some(names: Sequence[object]) -> str:
    """List the first names, without characters that are not printable: names may come from a file."""
    shown = [name if isinstance(name, str) and name.isprintable() else repr(name) for name in names[:_MAX_NAMES]]
    more = len(names) - _MAX_NAMES
    return ", ".join(name[:_MAX_NAME_LENGTH] for name in shown) + (f" and {more:,} more" if more > 0 else "")


def _finite(name: str, x: Any) -> float:
    refuse_foreign(x, Value)
    is_number = isinstance(x, Real) and not isinstance(x, (bool, Value))
    number = float_or_infinity(x) if is_number else math.nan
    if not math.isfinite(number):
        error = ValueError if is_number else TypeError
        raise error(f"the parameter {name} must be a finite number, got {shortened(x)}")
    return number
