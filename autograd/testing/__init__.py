"""Check derivatives of functions and operations with at least 80 digits, and mark gradients worked out by hand."""

from typing import Any

from autograd.testing.by_hand.exercises import Exercise, assert_by_hand, exercise
from autograd.testing.by_hand.hand_report import HandReport, Mark
from autograd.testing.by_hand.marking import check_by_hand
from autograd.testing.by_hand.random_exercises import random_exercise
from autograd.testing.by_hand.sheet_report import SheetReport
from autograd.testing.checks.derivatives import Derivative, DerivativeReport, assert_derivative, check_derivative
from autograd.testing.checks.gradient_report import Checked, GradientReport
from autograd.testing.checks.gradients import assert_gradients, check_gradients
from autograd.testing.checks.operations import Aspect, Fault, OpReport, check_op
from autograd.testing.checks.report import Report

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
    "assert_by_hand",
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
