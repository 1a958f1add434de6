"""Exercises in backpropagation by hand, and the marking of what was worked out."""
