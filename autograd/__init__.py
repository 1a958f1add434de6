"""A scalar reverse-mode autograd engine to read, step through, draw and trust.

Read it in this order: `operation` (what an operation is), `ops` (the table of them), `sweep` (backpropagation), `value`
(the node), `functional` (derivatives of functions). These need only the standard library; what needs more is imported
on first use.
"""

from __future__ import annotations

import os as _os

from autograd import methods as _methods  # noqa: F401 - gives `Value` its operators
from autograd.choice import choose, one_hot
from autograd.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.inspection import first_nonfinite, replay
from autograd.modes import anomalies, no_grad, scope
from autograd.operation import Op, op
from autograd.ops import (
    abs as abs,
)
from autograd.ops import (
    acos,
    asin,
    atan,
    atan2,
    cos,
    cosh,
    dot,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    mean,
    minimum,
    relu,
    sech,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
    total,
    where,
)
from autograd.ops import (
    pow as pow,
)
from autograd.requirement import Requirement
from autograd.steps import Step, backprop
from autograd.value import Value, detach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.arrays.compiled import compile as compile
    from autograd.drawing.digraph import draw_dot
    from autograd.drawing.explorer import explore
    from autograd.drawing.graph import draw
    from autograd.writing.derivation import derive
    from autograd.writing.formulas import formula

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "compile": "autograd.arrays.compiled",
    "draw": "autograd.drawing.graph",
    "draw_dot": "autograd.drawing.digraph",
    "explore": "autograd.drawing.explorer",
    "derive": "autograd.writing.derivation",
    "formula": "autograd.writing.formulas",
}

# All but `abs`, `compile` and `pow`, which a star import must not put in the place of Python's own.
__all__ = [
    "Op",
    "Requirement",
    "Step",
    "Value",
    "acos",
    "anomalies",
    "asin",
    "atan",
    "atan2",
    "backprop",
    "choose",
    "cos",
    "cosh",
    "derive",
    "detach",
    "dot",
    "draw",
    "draw_dot",
    "erf",
    "erfc",
    "exp",
    "explore",
    "expm1",
    "first_nonfinite",
    "formula",
    "gelu",
    "grad",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "no_grad",
    "one_hot",
    "op",
    "relu",
    "replay",
    "scope",
    "sech",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "tan",
    "tanh",
    "total",
    "value_and_grad",
    "vjp",
    "where",
]

if _os.path.exists(_os.path.join(_os.path.dirname(__file__), "tracer.py")):
    import warnings as _warnings

    _warnings.warn(
        f"{_os.path.dirname(__file__)} holds files of HIPS autograd, another package of this name; to use this one, "
        "run pip uninstall autograd, then pip install --force-reinstall chainrule",
        RuntimeWarning,
        stacklevel=2,
    )


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(_ON_FIRST_USE[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_FIRST_USE})
