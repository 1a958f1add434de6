"""Exercises in backpropagation by hand, and the marking of answers."""
