"""`Module`: the base class of models, which finds the parameters in its fields."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, SupportsFloat

from autograd import Value

from .shared import LOCK, backing_of, items_of, printed, refuse_foreign

if TYPE_CHECKING:
    from .contents import Contents


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

    __slots__ = ("__dict__", "__weakref__", "_contents")  # the last is not copied
    _contents: Contents

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield each parameter once, with its name: ('layers.0.neurons.3.b', Value(...))."""
        return _named_parameters(self, note=lambda container: None)

    def parameters(self) -> list[Value]:
        """Return a list of the parameters, each once, in the order of the fields."""
        known = self._known()
        return known.lent() if known else [value for _, value in self.named_parameters()]

    def _known(self) -> Contents | None:
        """Return the contents of the fields, or None if the class has a `named_parameters` of its own."""
        if type(self).named_parameters is not Module.named_parameters:
            return None
        known: Contents | None = getattr(self, "_contents", None)
        if known is None or not known.are_the_same():
            from .contents import Contents

            known = Contents()
            known.parameters = [value for _, value in _named_parameters(self, known.note)]
            self._contents = known
        return known

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to 0; call this before each backward pass."""
        known = self._known() if type(self).parameters is Module.parameters else None
        parameters = known.parameters if known else self.parameters()
        with LOCK:
            backing = backing_of(parameters)
            if backing is not None:
                backing.grad.fill(0.0)
                backing.parameters = known.parameters if known else backing.parameters  # compared by identity next time
                return
        for p in parameters:
            p.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """Return a dict of the numbers of all parameters by name, such as {"w.0": 0.5, "b": 0.0}."""
        from .state import by_name

        return {name: p.data for name, p in by_name(self).items()}

    def load_state_dict(self, state: Mapping[str, SupportsFloat]) -> None:
        """Set the parameters to the numbers in `state`, a dict as from `state_dict`.

        Raise ValueError or TypeError, and change nothing, if names do not match or a number is not finite.
        """
        from .state import numbers_by_parameter

        for p, number in numbers_by_parameter(self, state).items():
            p.data = number

    def save(self, path: str | os.PathLike[str], *, about: Mapping[str, Any] | None = None) -> None:
        """Write the model to the JSON file `path`, which `nn.load` reads; `about` is JSON data to keep with it."""
        from .saving.checkpoint import save

        save(self, path, about=about)

    def __getstate__(self) -> Any:
        with suppress(AttributeError):
            del self._contents
        return super().__getstate__()

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


def _named_parameters(module: Module, note: Callable[[Any], None]) -> Iterator[tuple[str, Value]]:
    """Yield the leaves in the fields of a module, each once, with their paths, and `note` the containers."""
    found = set()
    for path, value in _leaves(module, "", set(), note):
        if value not in found:
            found.add(value)
            yield path, value


def _leaves(field: Any, path: str, entered: set[int], note: Callable[[Any], None]) -> Iterator[tuple[str, Value]]:
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
    is_array = getattr(field, "dtype", None) is not None and field.dtype.kind == "O"  # a NumPy array of nodes
    if is_array or isinstance(field, (list, dict)):
        note(field)
    if is_array:
        field = field.tolist()
    for key, part in items_of(field):
        name = f"{path}.{key}" if path else str(key)
        if part.__class__ is Value and part.op is None:  # without a generator for each leaf: twice as fast
            yield name, part
        else:
            yield from _leaves(part, name, entered, note)
