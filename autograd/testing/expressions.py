"""`Expression`: a function as data, which can be called, compared, pickled and printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd.operation import Op
from autograd.ops import dot, neg, where
from autograd.printing.precedence import ATOM, LEVELS, POWER, SUM
from autograd.terminal import printed

_LONG = 60  # piece of code, which gets a name

Step = tuple[Op, tuple[int | float, ...]]
_Code = tuple[str, int]


@printed
@dataclass(frozen=True, repr=False)
class Expression:
    """A function of as many numbers as `point` has, the result of the last of its `steps`.

    >>> from autograd import grad, tanh
    >>> from autograd.ops import add, mul
    >>> f = Expression(steps=((mul, (0, 1)), (tanh, (2,)), (add, (3, 0))), point=(0.5, 2.0))
    >>> f
    <tanh(x0*x1) + x0, at x0 = 0.5, x1 = 2.0>
    >>> f(0.5, 2.0), grad(f)(*f.point)
    (1.2615941559557649, 1.8399486832280523)

    A step is an operation and its inputs: a whole number is the place of an argument or, counted on, of an earlier
    step; a float is a constant. The first input of `where` is compared with 0. The arguments may be whatever operations
    apply to. `str` writes it in Python, with names for what is long or used more than once: v1 = x0*x1; sin(v1) + v1.
    """

    steps: tuple[Step, ...]
    point: tuple[float, ...]

    def __call__(self, *xs: Any) -> Any:
        """Return the value at the numbers, nodes or other operands `xs`."""
        if len(xs) != len(self.point):
            raise TypeError(f"this expression takes {len(self.point)} arguments, not {len(xs)}: {self}")
        results = list(xs)
        for op, inputs in self.steps:
            results.append(apply(op, [results[x] if isinstance(x, int) else x for x in inputs]))
        return results[-1]

    def __str__(self) -> str:
        reads = Counter(x for _, inputs in self.steps for x in inputs if isinstance(x, int))
        codes: list[_Code] = [(f"x{i}", ATOM) for i in range(len(self.point))]
        lines: list[str] = []
        for op, inputs in self.steps:
            code = _write(op, [codes[x] if isinstance(x, int) else _constant(x) for x in inputs])
            if reads[len(codes)] > 1 or (reads[len(codes)] and len(code[0]) > _LONG):
                name = f"v{len(lines) + 1}"
                lines.append(f"{name} = {code[0]}")
                code = name, ATOM
            codes.append(code)
        return "; ".join([*lines, codes[-1][0]])

    def __repr__(self) -> str:
        return f"<{self}, at {', '.join(f'x{i} = {x!r}' for i, x in enumerate(self.point))}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # so that Hypothesis shows it like this, too
        printer.text(repr(self))


def apply(op: Op, inputs: Sequence[Any]) -> Any:
    """Apply `op` to the flat `inputs` of a step."""
    return op.apply((inputs[0] > 0, *inputs[1:]) if op is where else tuple(inputs))


def _constant(x: float) -> _Code:
    return repr(x), SUM if repr(x).startswith("-") else ATOM


def _write(op: Op, inputs: Sequence[_Code]) -> _Code:
    if op.infix in LEVELS and len(inputs) == 2:
        level = LEVELS[op.infix]
        left, right = (ATOM, ATOM) if level == POWER else (level, level + 1)
        sign = f" {op.infix} " if level == SUM else op.infix
        return _inside(inputs[0], left) + sign + _inside(inputs[1], right), level
    if op is neg:
        return f"-{_inside(inputs[0], POWER)}", SUM
    codes = [code for code, _ in inputs]
    if op is where:
        codes[0] = f"{codes[0]} > 0"
    if op is dot:
        n = len(codes) // 2
        codes = [f"[{', '.join(codes[:n])}]", f"[{', '.join(codes[n:-1])}]", codes[-1]]
    listed = ", ".join(codes)
    return f"{op.name}([{listed}])" if op.variadic and op is not dot else f"{op.name}({listed})", ATOM


def _inside(code: _Code, level: int) -> str:
    return code[0] if code[1] >= level else f"({code[0]})"
