"""Prove derivatives: a function, or an operation of your own, against arithmetic of 80 digits."""

from autograd.testing.gradients import GradientReport, Mark, assert_gradients, check_gradients

__all__ = ["GradientReport", "Mark", "assert_gradients", "check_gradients"]
