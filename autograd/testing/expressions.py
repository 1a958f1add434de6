"""`Expression`: a function as data that can be called, compared, pickled and printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd.operation import Op
from autograd.ops import dot, neg, where
from autograd.printing.precedence import ATOM, LEVELS, POWER, SUM
from autograd.terminal import printed

_MAX_LENGTH = 60  # longer code is split into named parts

Step = tuple[Op, tuple[int | float, ...]]
_Code = tuple[str, int]


@printed
@dataclass(frozen=True, repr=False)
class Expression:
    """A function that applies a sequence of operations, the `steps`, with one argument for each number in `point`.

    >>> from autograd import grad, tanh
    >>> from autograd.ops import add, mul
    >>> f = Expression(steps=((mul, (0, 1)), (tanh, (2,)), (add, (3, 0))), point=(0.5, 2.0))
    >>> f
    <tanh(x0*x1) + x0, at x0 = 0.5, x1 = 2.0>
    >>> f(0.5, 2.0), grad(f)(*f.point)
    (1.2615941559557649, 1.8399486832280523)

    A step is an operation with its inputs. An input that is an int refers to an argument or, numbered after the
    arguments, to an earlier step; a float is a constant. The last step gives the result. The first input of `where` is
    compared with 0. `str` writes Python code, with names for parts that are long or used more than once:
    v1 = x0*x1; sin(v1) + v1.
    """

    steps: tuple[Step, ...]
    point: tuple[float, ...]

    def __call__(self, *xs: Any) -> Any:
        """Return the result for the arguments `xs`: numbers, nodes or other operands."""
        if len(xs) != len(self.point):
            raise TypeError(f"this expression takes {len(self.point)} arguments, got {len(xs)}: {self}")
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
            if reads[len(codes)] > 1 or (reads[len(codes)] and len(code[0]) > _MAX_LENGTH):
                name = f"v{len(lines) + 1}"
                lines.append(f"{name} = {code[0]}")
                code = name, ATOM
            codes.append(code)
        return "; ".join([*lines, codes[-1][0]])

    def __repr__(self) -> str:
        return f"<{self}, at {', '.join(f'x{i} = {x!r}' for i, x in enumerate(self.point))}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # used by Hypothesis
        printer.text(repr(self))


def apply(op: Op, inputs: Sequence[Any]) -> Any:
    """Apply `op` to the flat `inputs` of a step."""
    return op.apply((inputs[0] > 0, *inputs[1:]) if op is where else tuple(inputs))


def written(op: Op, inputs: Sequence[str | float]) -> str:
    """Write the Python code that applies `op` to names and numbers.

    >>> from autograd.ops import mul
    >>> written(mul, ["a", -2.0])
    'a*(-2.0)'
    """
    return _write(op, [(x, ATOM) if isinstance(x, str) else _constant(x) for x in inputs])[0]


def _constant(x: float) -> _Code:
    return repr(x), SUM if repr(x).startswith("-") else ATOM


def _write(op: Op, inputs: Sequence[_Code]) -> _Code:
    if op.infix in LEVELS and len(inputs) == 2:
        level = LEVELS[op.infix]
        left, right = (ATOM, ATOM) if level == POWER else (level, level + 1)
        sign = f" {op.infix} " if level == SUM else op.infix
        return _bracketed(inputs[0], left) + sign + _bracketed(inputs[1], right), level
    if op is neg:
        return f"-{_bracketed(inputs[0], POWER)}", SUM
    codes = [code for code, _ in inputs]
    if op is where:
        codes[0] = f"{codes[0]} > 0"
    if op is dot:
        n = len(codes) // 2
        codes = [f"[{', '.join(codes[:n])}]", f"[{', '.join(codes[n:-1])}]", codes[-1]]
    listed = ", ".join(codes)
    return f"{op.name}([{listed}])" if op.variadic and op is not dot else f"{op.name}({listed})", ATOM


def _bracketed(code: _Code, level: int) -> str:
    return code[0] if code[1] >= level else f"({code[0]})"
