"""`Module`: anything with parameters, found by walking its fields."""

from __future__ import annotations

from collections.abc import Iterator
from reprlib import recursive_repr
from typing import Any

from autograd import Value


class Module:
    """A part of a model. Its parameters are the leaf `Value`s in its fields: in lists, dicts, arrays and modules, too.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> [name for name, p in Line().named_parameters()]
    ['slope', 'offset']
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield each parameter once, with the path to it: ('layers.0.neurons.3.b', Value(...))."""
        found = set()
        for path, value in _leaves(self, "", set()):
            if value not in found:
                found.add(value)
                yield path, value

    def parameters(self) -> list[Value]:
        """Return the parameters, each once, in the order of the fields."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0; do this before each backward pass."""
        for p in self.parameters():
            p.grad = 0.0

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
    """Yield the leaves below `field` with their paths, without entering a module twice."""
    if isinstance(field, Value) and field.op is None:
        yield path, field
    if isinstance(field, Module):
        if id(field) in entered:
            return
        entered.add(id(field))
        field = vars(field)
    if getattr(field, "dtype", None) is not None and field.dtype.kind == "O":  # a NumPy array of nodes
        field = field.tolist()
    items = field.items() if isinstance(field, dict) else enumerate(field) if isinstance(field, (list, tuple)) else ()
    for key, part in items:
        yield from _leaves(part, f"{path}.{key}" if path else str(key), entered)
