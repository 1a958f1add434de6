"""Load handwritten digits."""

from __future__ import annotations

import gzip
from importlib.resources import files

Image = list[float]


def digits() -> tuple[list[Image], list[int]]:
    """Return 1,797 handwritten digits: images of 64 pixels (8 × 8, row by row, from 0.0 to 1.0) and labels 0 to 9.

    They are the test set of *Optical Recognition of Handwritten Digits* (E. Alpaydin and C. Kaynak, 1998, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0).

    >>> images, labels = digits()
    >>> len(images), len(images[0]), labels[:5]
    (1797, 64, [0, 1, 2, 3, 4])
    """
    text = gzip.decompress(files("nn.data").joinpath("digits.csv.gz").read_bytes()).decode()
    rows = [[int(cell) for cell in line.split(",")] for line in text.splitlines()]
    return [[pixel / 16 for pixel in row[:-1]] for row in rows], [row[-1] for row in rows]
