"""`Named`: the label and the scope of a node, and the line of code that made it."""

from __future__ import annotations

import sys

from autograd import modes
from autograd.operation import Operand


class Named(Operand):
    """What nodes are called and where they belong. Few have any of it, and the others should not be larger for it."""

    # Up to Python 3.12, a first attribute in the __dict__ is free; from 3.13 on, this slot is.
    __slots__ = ("_names",) if sys.version_info >= (3, 13) else ()

    _names: tuple[str, ...]  # label and scope, if there is any
    _line: tuple[str, int] | None = None  # what `made_at` shows

    @property
    def label(self) -> str:
        """The name of the node in pictures, formulas and messages; "" if it has none."""
        return self._names[0] if hasattr(self, "_names") else ""

    @label.setter
    def label(self, label: str) -> None:
        self._names = (label, *self.scope)

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the parts that the node belongs to, outermost first; `autograd.scope` sets them."""
        return self._names[1:] if hasattr(self, "_names") else ()

    @scope.setter
    def scope(self, names: tuple[str, ...]) -> None:
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"the scope of a Value is a tuple of names, not {names!r}")
        self._names = (self.label, *names)

    @property
    def made_at(self) -> str:
        """The line of code that made nan or infinity of finite nodes here, "file:line: text"; "" for any other node.

        It is the innermost line outside of this package and `nn`. Copies and pickles do not have it.
        """
        return modes.show_line(*self._line) if self._line else ""
