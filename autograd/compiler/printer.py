"""Write expressions of array programs as code, with names for the views and numbers in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.branches import NotCodeError
from autograd.compiler.code import INLINE, Code, code_of, value_code
from autograd.compiler.ir import Call, Contract, Expression, Kernel, View, is_batched
from autograd.operation import Op
from autograd.ops import power
from autograd.printing.precedence import ATOM


class Printer:
    """Writes expressions. A subclass says how numbers, views, contractions and functions of arrays are written."""

    def __init__(self) -> None:
        self.helpers: set[str] = set()

    def number(self, x: float) -> Code:
        """Write a number."""
        return code_of(x)

    def view(self, view: View, has_samples: bool) -> Code:
        """Write a view; of S with an axis for the samples, if what it is part of has one."""
        raise NotImplementedError

    def contract(self, x: Contract, has_samples: bool) -> Code:
        """Write a contraction."""
        raise NotImplementedError

    def code(self, x: Any, has_samples: bool = False) -> Code:
        """Write an expression or a number."""
        if isinstance(x, View):
            return self.view(x, has_samples)
        if isinstance(x, Contract):
            return self.contract(x, has_samples)
        if not isinstance(x, Call):
            return self.number(x)
        has_samples = has_samples or is_batched(x)
        if isinstance(x.op, Kernel):
            write: Callable[[Call, bool], Code] = getattr(self, f"_{x.op.name}")
            return write(x, has_samples)
        return self._operation(x.op, x.inputs, has_samples)

    def text(self, x: Any, has_samples: bool = False, level: int = ATOM) -> str:
        """Write an expression as part of another one."""
        code = self.code(x, has_samples)
        self.note(code)
        return code.inside(level)

    def note(self, code: Code) -> None:
        """Note the functions that a piece of code needs."""
        self.helpers |= code.helpers

    def need(self, *names: str) -> None:
        """Note functions that code needs."""
        self.helpers.update(names)

    def _operation(self, op: Op, inputs: tuple[Any, ...], has_samples: bool) -> Code:
        if op.is_ours and op.name in INLINE:
            expanded = INLINE[op.name](inputs) if op.variadic else INLINE[op.name](*inputs)
            if isinstance(expanded, Expression):
                return self.code(expanded, has_samples)
        takes_numbers = op is power or not op.is_ours
        pieces = [x if x.__class__ is float and takes_numbers else self.code(x, has_samples) for x in inputs]
        try:
            return value_code(op, pieces)
        except NotCodeError:
            return self.own(op, inputs, has_samples)

    def own(self, op: Op, inputs: Sequence[Any], has_samples: bool) -> Code:
        """Write an operation whose value takes nothing but floats."""
        return Code(f"{op.name}({self.listed(inputs, has_samples)})")

    def _seed(self, x: Call, has_samples: bool) -> Code:
        return Code("seed")

    def _sum_terms(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{self.text(x.inputs[0], has_samples)}.sum(1)")

    def _sum_entries(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{self.text(x.inputs[0], has_samples)}.sum(0)")

    def _sum_samples(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{self.text(x.inputs[0], True)}.sum(-1)")

    def _spread(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{self.text(x.inputs[0], has_samples)}[:, None]")

    def _join(self, x: Call, has_samples: bool) -> Code:
        return Code(f"concatenate(({self.listed(x.inputs, has_samples)}), 1)")

    def _softmax(self, x: Call, has_samples: bool) -> Code:
        self.need("softmax")
        return Code(f"softmax({self.listed(x.inputs, has_samples)})")

    def _pass(self, x: Call, has_samples: bool) -> Code:
        self.need("passed")
        return Code(f"passed({self.listed(x.inputs, has_samples)})")

    def _part(self, x: Call, has_samples: bool) -> Code:
        text, start, stop = self.text(x.inputs[0], has_samples), *map(int, x.inputs[1:])
        return Code(f"{text}[:, {start}:{stop}]")

    def _gather(self, x: Call, has_samples: bool) -> Code:
        table, index = x.inputs
        return Code(f"{self.text(table)}[:, {self.text(index)}]")

    def _collect(self, x: Call, has_samples: bool) -> Code:
        g, index, _ = x.inputs
        return Code(f"collect({self.text(g)}, {self.text(index)})")

    def _slope(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{x.op.op.name}.slopes({self.listed(x.inputs[1:], has_samples)})[{int(x.inputs[0])}]")

    def listed(self, inputs: Sequence[Any], has_samples: bool) -> str:
        """Write expressions as arguments."""
        return ", ".join(self.text(x, has_samples, level=0) for x in inputs)
