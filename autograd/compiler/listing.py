"""Print array statements as mathematics: h = w @ x + b."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.compiler.code import Code
from autograd.compiler.contraction import as_matrices
from autograd.compiler.ir import Contract, Statement, View
from autograd.compiler.printer import Printer
from autograd.printing.precedence import ATOM, PRODUCT, SUM

Name = Callable[[View], str]


class Line(NamedTuple):
    """A line of a listing, and the view whose numbers it computes; `depth` is 1 in a loop."""

    name: str
    text: str
    target: View | None = None
    depth: int = 0
    operation: str = ""

    def __str__(self) -> str:
        return "    " * self.depth + " = ".join(filter(None, [self.name, self.text]))


class Listing(Printer):
    """Collects `lines` for the statements that a writer writes, whose names of views it uses.

    A sum that is made step by step is one line. Where a bias is the weight of a 1 below the signals (see `layout`), the
    product is printed as w @ x + b, and its gradients as those of w and b.
    """

    def __init__(self, name: Name, ones: set[int]) -> None:
        super().__init__()
        self._name, self._ones = name, ones
        self.lines: list[Line] = []
        self.depth = 0

    def add(self, statement: Statement) -> None:
        """Add a statement."""
        target, value = statement.target, statement.value
        if target.buffer.startswith("g") and isinstance(value, Contract) and self._has_ones(value.right, value.axes[1]):
            signals, _ = _apart(value.right)
            weights, bias = _apart(target)
            product = Contract(value.left, signals, value.axes, value.sizes)
            self._add(weights, product, statement.adds)
            left = self.code(value.left)
            self._line(bias, Code(f"{left.inside(ATOM)}.sum({len(value.axes[0]) - 1})"), "+" * statement.adds)
        else:
            self._add(target, value, statement.adds)

    def _add(self, target: View, value: Any, adds: bool) -> None:
        operation = getattr(getattr(value, "op", None), "name", "sum")
        if adds and operation == "neg":
            self._line(target, self.code(value.inputs[0]), "-")
        else:
            self._line(target, self.code(value), "+" * adds, operation)

    def _line(self, target: View, code: Code, sign: str = "", operation: str = "sum") -> None:
        """Add a line, or add to the last line if that is of the same target."""
        name = text = self._name(target)
        if sign:
            if self.lines and self.lines[-1].name == name:
                text, operation = self.lines.pop().text, "sum"
            code = Code(f"{text} {sign} {code.inside(SUM, right=sign == '-')}", SUM)
        self.lines.append(Line(name, code.text, target, self.depth, operation))

    def note_line(self, name: str, text: str) -> None:
        """Add a line of code."""
        self.lines.append(Line(name, text, None, self.depth))

    def view(self, view: View, has_samples: bool) -> Code:
        """Return the name of a view."""
        return Code(self._name(view))

    def contract(self, x: Contract, has_samples: bool) -> Code:
        """Write a contraction with the sign @, or as einsum."""
        a, b, result = x.axes
        if self._has_ones(x.right, b) and isinstance(x.left, View):
            (w, bias), (signals, _) = _apart(x.left), _apart(x.right)
            return Code(f"{self._name(w)} @ {self._name(signals)} + {self._name(bias)}", SUM)
        left, right = self.code(x.left).inside(ATOM), self.code(x.right).inside(ATOM)
        factors = as_matrices(left, right, x.axes)
        return Code(" @ ".join(factors), PRODUCT) if factors else Code(f'einsum("{a},{b}->{result}", {left}, {right})')

    def _has_ones(self, view: Any, axes: str) -> bool:
        has_terms = isinstance(view, View) and view.buffer == "V" and axes.rstrip("b").endswith("m")
        return has_terms and view.rows.shape[-1] > 1 and int(view.rows.flat[-1]) in self._ones


def _apart(view: View) -> tuple[View, View]:
    """Return the columns of a view but for the last one, and the last one."""
    last = view.rows[..., -1] if view.rows.ndim > 1 else view.rows[-1:]
    return View(view.buffer, view.rows[..., :-1], view.step), View(view.buffer, last, view.step)
