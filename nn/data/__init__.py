"""Data sets as pairs `(X, Y)`: a list of samples, each a list of floats, and a list of labels.

`digits` loads handwritten digits; `moons`, `circles`, `spirals` and `xor` generate points in the plane; `split` makes
training and test sets.
"""

from __future__ import annotations

from .handwriting import Image, digits
from .plane import circles, moons, spirals, xor
from .splitting import split

__all__ = ["Image", "circles", "digits", "moons", "spirals", "split", "xor"]
