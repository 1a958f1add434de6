"""Prove derivatives: functions and operations against arithmetic of 80 digits, and gradients worked out by hand."""

from autograd.testing.checked import Checked, GradientReport
from autograd.testing.derivatives import Derivative, DerivativeReport, assert_derivative, check_derivative
from autograd.testing.diagnosis import Diagnosis, Finding, diagnose
from autograd.testing.exercises import Exercise, SheetReport, exercise
from autograd.testing.gradients import assert_gradients, check_gradients
from autograd.testing.invention import random_exercise
from autograd.testing.marking import HandReport, Mark, check_by_hand
from autograd.testing.operations import Aspect, Fault, OpReport, check_op
from autograd.testing.reports import Report

__all__ = [
    "Aspect",
    "Checked",
    "Derivative",
    "DerivativeReport",
    "Diagnosis",
    "Exercise",
    "Fault",
    "Finding",
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
    "diagnose",
    "exercise",
    "random_exercise",
]
