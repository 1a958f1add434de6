"""Write contractions of two arrays as the fastest function of NumPy: dot, matmul or einsum."""

from __future__ import annotations

from collections.abc import Sequence


def contraction(left: str, right: str, axes: tuple[str, str, str], sizes: Sequence[int]) -> tuple[str, str]:
    """Return the function, and the code of its arguments.

    >>> contraction("w", "x", ("pm", "mb", "pb"), (3, 2))
    ('dot', 'w, x')
    >>> contraction("g", "x", ("pb", "mb", "pm"), (3, 2))
    ('dot', 'g, x.T')
    >>> contraction("a", "b", ("nm", "nmb", "nb"), (3, 2))
    ('einsum', '"nm,nmb->nb", a, b')
    """
    factors = as_matrices(left, right, axes)
    if factors:
        return matrix_function(axes, sizes), ", ".join(factors)
    match axes:
        case ("pm" | "m", "qmb", "qpb" | "qb"):
            return "matmul", f"{left}, {right}"
        case "qpb", "pm", "qmb":
            return "matmul", f"{right}.T, {left}"
        case "qpb", "qmb", "pm":
            return "paired", f"{left}, {right}"
    return "einsum", f'"{axes[0]},{axes[1]}->{axes[2]}", {left}, {right}'


def as_matrices(left: str, right: str, axes: tuple[str, str, str]) -> tuple[str, str] | None:
    """Return the factors of a contraction as those of a product of two matrices or vectors, if it is one.

    >>> as_matrices("g", "w", ("pb", "pm", "mb"))
    ('w.T', 'g')
    """
    a, b, result = axes
    common = (set(a) & set(b)) - set(result)
    if len(common) != 1 or max(len(a), len(b)) > 2 or len(a) + len(b) != len(result) + 2:
        return None
    (c,) = common
    if a.replace(c, "") + b.replace(c, "") != result:
        a, b, left, right = b, a, right, left
    return left + ".T" * (not a.endswith(c)), right + ".T" * (not b.startswith(c))


def matrix_function(axes: tuple[str, str, str], sizes: Sequence[int]) -> str:
    """Return the function for products of matrices.

    NumPy's dot is the fastest, but where a matrix is a single 0, it takes the product with infinity as 0. `product` is
    dot where there are more samples than one, and else matmul.
    """
    return "dot" if 1 not in sizes else "product" if "b" in "".join(axes) and tuple(sizes) != (1, 1) else "matmul"
