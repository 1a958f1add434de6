"""Data sets to learn on."""

from __future__ import annotations

import gzip
import random
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
    text = gzip.decompress(files(__name__).joinpath("digits.csv.gz").read_bytes()).decode()
    rows = [[int(cell) for cell in line.split(",")] for line in text.splitlines()]
    return [[pixel / 16 for pixel in row[:-1]] for row in rows], [row[-1] for row in rows]


def split(
    images: list[Image], labels: list[int], held_out: float, rng: random.Random
) -> tuple[list[tuple[Image, int]], list[tuple[Image, int]]]:
    """Shuffle the samples and hold a part of them out: return two lists of (image, label), to learn and to test.

    >>> learn, test = split([[0.0], [1.0], [2.0], [3.0]], [0, 1, 2, 3], held_out=0.25, rng=random.Random(0))
    >>> len(learn), len(test)
    (3, 1)
    """
    if not 0 < held_out < 1:
        raise ValueError(f"held_out is a part between 0 and 1, not {held_out}")
    samples = list(zip(images, labels))
    rng.shuffle(samples)
    cut = len(samples) - round(len(samples) * held_out)
    return samples[:cut], samples[cut:]
