"""A scalar reverse-mode autograd engine to read, step through, draw and trust.

Read the source in this order: `operation` (what an operation is), `ops` (the table of operations), `backpropagation`,
`value` (the node of a graph), `functional` (derivatives of functions). These files need only the standard library.
Modules that need more are imported on first use.
"""

from __future__ import annotations

import os as _os

from autograd import ops
from autograd.choice import choose, one_hot
from autograd.functional import detach, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.graph import first_nonfinite, replay
from autograd.modes import anomalies, no_grad, scope
from autograd.operation import Activation, Op, Slip, op
from autograd.ops import *  # noqa: F403 - all operations of the table but the operators
from autograd.ops import abs as abs
from autograd.ops import pow as pow
from autograd.requirement import Requirement
from autograd.steps import Step, backprop
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.compiler.compiled import compile as compile
    from autograd.drawing.digraph import draw_dot
    from autograd.drawing.drawn_graph import draw
    from autograd.drawing.explorer import explore
    from autograd.labelling import leaves, named
    from autograd.printing.derivation import derive
    from autograd.printing.formulas import formula
    from autograd.printing.symbolic import derivative

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "compile": "autograd.compiler.compiled",
    "draw": "autograd.drawing.drawn_graph",
    "draw_dot": "autograd.drawing.digraph",
    "explore": "autograd.drawing.explorer",
    "derivative": "autograd.printing.symbolic",
    "derive": "autograd.printing.derivation",
    "formula": "autograd.printing.formulas",
    "leaves": "autograd.labelling",
    "named": "autograd.labelling",
}

# Star imports get all of these, but neither `abs`, `compile` nor `pow`, which would take the place of Python's own.
__all__ = [
    "Activation",
    "Op",
    "Requirement",
    "Slip",
    "Step",
    "Value",
    "anomalies",
    "backprop",
    "choose",
    "derivative",
    "derive",
    "detach",
    "draw",
    "draw_dot",
    "explore",
    "first_nonfinite",
    "formula",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaves",
    "named",
    "no_grad",
    "one_hot",
    "op",
    "replay",
    "scope",
    "value_and_grad",
    "vjp",
]
__all__ += ops.__all__

if _os.path.exists(_os.path.join(_os.path.dirname(__file__), "tracer.py")):
    import warnings as _warnings

    _warnings.warn(
        f"{_os.path.dirname(__file__)} contains files of HIPS autograd, another package of this name; "
        "to use this one, run pip uninstall autograd, then pip install --force-reinstall chainrule",
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
