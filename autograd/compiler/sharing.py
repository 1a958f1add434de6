"""Find function calls that several statements make of the same arguments, to compute them once.

gelu(x) = 0.5 x erfc(-x / √2)      reads the same erfc as its derivative does
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from autograd.compiler.ir import Call, Contract, Part, Statement, View
from autograd.operation import Op
from autograd.ops import abs, neg


def shared_calls(parts: Sequence[Part]) -> set[Hashable]:
    """Return the keys of calls that more than one statement makes, also as part of other operations."""
    counts: Counter[Hashable] = Counter()
    for part in parts:
        if isinstance(part, Statement):
            counts.update({key_of(call) for call in _functions(part.value)})
    return {key for key, count in counts.items() if count > 1}


def expanded(x: Any) -> Any:
    """Return an operation in terms of others, as NumPy computes it, or None."""
    is_expression = isinstance(x, Call) and isinstance(x.op, Op) and x.op.is_ours and callable(x.op.numpy)
    return x.op.numpy(*x.inputs) if is_expression and not x.op.variadic else None


def key_of(x: Any) -> Hashable:
    """Return a key that is the same for equal expressions."""
    if isinstance(x, Call):
        return (x.op, *map(key_of, x.inputs))
    return x.key if isinstance(x, View) else id(x) if isinstance(x, Contract) else float(x).hex()


def makes(x: Any, calls: set[Hashable]) -> bool:
    """Check if an expression makes one of the `calls`."""
    return any(key_of(call) in calls for call in _functions(x))


def _functions(x: Any) -> Iterator[Call]:
    """Yield the calls of functions of one number that take longer than reading a result again."""
    stack = [x]
    while stack:
        x = stack.pop()
        if isinstance(x, Call):
            stack += (expanded(x), *x.inputs)
            if isinstance(x.op, Op) and len(x.inputs) == 1 and x.op not in (neg, abs):
                yield x
        elif isinstance(x, Contract):
            stack += (x.left, x.right)
