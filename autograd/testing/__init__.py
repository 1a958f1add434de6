"""Prove derivatives: functions and operations against arithmetic of 80 digits, and gradients worked out by hand."""

from typing import Any

from autograd.testing.by_hand.exercises import Exercise, SheetReport, exercise
from autograd.testing.by_hand.invention import random_exercise
from autograd.testing.by_hand.marking import HandReport, Mark, check_by_hand
from autograd.testing.checks.derivatives import Derivative, DerivativeReport, assert_derivative, check_derivative
from autograd.testing.checks.gradients import assert_gradients, check_gradients
from autograd.testing.checks.operations import Aspect, Fault, OpReport, check_op
from autograd.testing.checks.report import Report
from autograd.testing.checks.verdicts import Checked, GradientReport

__all__ = [
    "Aspect",
    "Checked",
    "Derivative",
    "DerivativeReport",
    "Exercise",
    "Fault",
    "GradientReport",
    "HandReport",
    "Mark",
    "OpReport",
    "Report",
    "SheetReport",
    "assert_derivative",
    "assert_gradients",
    "check_by_hand",
    "check_derivative",
    "check_gradients",
    "check_op",
    "exercise",
    "random_exercise",
]

_MOVED = {"Diagnosis": "nn.diagnosis.Diagnosis", "Finding": "nn.diagnosis.Finding", "diagnose": "nn.diagnose"}


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module 'autograd.testing' has no attribute {name!r}")
    import warnings

    import nn.diagnosis

    message = f"autograd.testing.{name} is deprecated and will be removed: use {_MOVED[name]}"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return getattr(nn.diagnosis, name)
