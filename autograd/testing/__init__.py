"""Prove derivatives: functions and operations against arithmetic of 80 digits, and gradients worked out by hand."""

from autograd.testing.gradients import Checked, GradientReport, assert_gradients, check_gradients
from autograd.testing.marking import HandReport, Mark, check_by_hand

__all__ = [
    "Checked",
    "GradientReport",
    "HandReport",
    "Mark",
    "assert_gradients",
    "check_by_hand",
    "check_gradients",
]
