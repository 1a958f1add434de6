"""A scalar reverse-mode autograd engine to read, step through, draw and trust.

Read it in this order: `ops` (what an operation is), `sweep` (backpropagation), `value` (the node), `functional`.
"""

from autograd.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.inspection import first_nonfinite, replay
from autograd.modes import anomalies, no_grad
from autograd.ops import (
    Op,
    abs,
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
    op,
    pow,
    relu,
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
from autograd.sweep import Step, backprop
from autograd.value import Value, detach
