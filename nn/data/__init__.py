"""Data sets to learn on, as `(X, Y)`: a list of samples, each a list of floats, and the list of their labels.

`digits()` are handwritten; `moons`, `circles`, `spirals` and `xor` draw points in the plane; `split` holds samples out.
"""

from __future__ import annotations

from .handwriting import Image, digits
from .plane import circles, moons, spirals, xor
from .splitting import split

__all__ = ["Image", "circles", "digits", "moons", "spirals", "split", "xor"]
