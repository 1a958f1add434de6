"""Write autograd/ops.pyi, by which type checkers and editors know every operation and every method of `Value`.

Run `python .ci/stubs.py` after a change of the table of operations.
"""

from __future__ import annotations

from pathlib import Path

from autograd import ops
from autograd.operation import Op

STUBS = Path(__file__).parents[1] / "autograd" / "ops.pyi"

HEAD = """\
# Written by .ci/stubs.py from the table of operations; do not edit.
# mypy: disable-error-code="overload-overlap"
from collections.abc import Iterable, Sequence
from typing import Any, overload

from autograd.operand import Operand
from autograd.operation import Op
from autograd.value import Value

Number = Value | float
"""
TAIL = """
TABLE: dict[str, Op]
COMPARISONS: tuple[Op, ...]
AUXILIARY: tuple[Op, ...]

def shares(xs: Sequence[Any], y: Any) -> list[Any]: ...
"""


def stubs() -> str:
    """The text of the stubs."""
    table = list(ops.TABLE.values())
    others = [f"{name}: Op" for name, op in vars(ops).items() if isinstance(op, Op) and op not in table]
    exported = "".join(f'    "{name}",\n' for name in sorted(ops.__all__))
    classes = "".join(map(operation, table))
    methods = "".join(map(method, table))
    return (
        f"{HEAD}\n__all__ = [\n{exported}]\n{classes}\n"
        + "\n".join(others)
        + f"\n{TAIL}\nclass Methods(Operand):\n{methods}"
    )


def operation(op: Op) -> str:
    """The class of one operation, with its calls, and its declaration."""
    name = "_" + op.name.title().replace("_", "")
    calls = "".join(
        f"    @overload\n    def __call__(self, {given}) -> {result}: ...\n" for given, result in signatures(op)
    )
    return f'\nclass {name}(Op):\n    """{op.__doc__}"""\n{calls}\n{op.name}: {name}\n'


def signatures(op: Op) -> list[tuple[str, str]]:
    """The arguments and the result of each kind of call: floats, nodes and numbers, other operands."""
    if op.variadic:
        given = "ws: Iterable[{0}], xs: Iterable[{0}], b: {0} = ..." if op is ops.dot else "xs: Iterable[{0}], /"
        kinds = {"float": "float", "Number": "Value", "Any": "Any"}
        return [(given.format(kind), result) for kind, result in kinds.items()]
    calls = [(arguments(op, ["float"] * len(op.parameters)), "float")]
    for i in range(len(op.parameters)):
        types = ["float"] * i + ["Value"] + ["Number"] * (len(op.parameters) - i - 1)
        calls.append((arguments(op, types), "Value"))
    return [*calls, (arguments(op, ["Any"] * len(op.parameters)), "Any")]


def arguments(op: Op, types: list[str]) -> str:
    """The arguments of a call; those without a default are positional."""
    required = len(types) - len(op.defaults)
    parts = [f"{name}: {kind}" for name, kind in zip(op.parameters, types)]
    optional = [f"{part} = ..." if kind != "Value" else part for part, kind in zip(parts[required:], types[required:])]
    return ", ".join([*parts[:required], "/", *optional])


def method(op: Op) -> str:
    """The method of `Value` for an operation, under all its names."""
    if op.arity not in (1, 2) or op.infix:
        return ""
    others = [f"{name}: Number" for name in op.parameters[1:]]
    if op.defaults:
        others = [f"{other} = ..." for other in others]
    names = (op.name, *op.aliases)
    return "".join(
        f'    def {name}({", ".join(["self", *others])}) -> Value:\n        """{op.__doc__}"""\n' for name in names
    )


if __name__ == "__main__":
    STUBS.write_text(stubs())
