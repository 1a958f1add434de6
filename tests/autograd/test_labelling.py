"""Arrays of leaves and names of arrays of nodes."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Value, formula, leaves, named


def test_leaves_have_the_structure_and_the_indices() -> None:
    W = leaves([[1, 2.5], [3, 4]], "W")
    assert [[w.label for w in row] for row in W] == [["W[0,0]", "W[0,1]"], ["W[1,0]", "W[1,1]"]]
    assert W[0][1].data == 2.5
    tree = leaves({"w": (1.0, 2.0), "b": 3.0}, "net")
    assert isinstance(tree["w"], tuple)
    assert [tree["w"][1].label, tree["b"].label] == ["net.w[1]", "net.b"]
    assert leaves(2.0, "a").label == "a"
    assert leaves([2.0])[0].label == "[0]"


def test_numpy_arrays() -> None:
    W = leaves(np.array([[1.0, 2.0], [3.0, 4.0]]), "W")
    assert W.shape == (2, 2)
    assert W[1, 0].label == "W[1,0]"
    h = named(np.tanh(W @ np.array([0.1, 0.2])), "h")
    assert [v.label for v in h] == ["h[0]", "h[1]"]
    assert [v.op.name for v in h] == ["tanh", "tanh"]
    mask = named(np.where(np.eye(2) > 0, W, 0.0), "M")
    assert [mask[0, 0].label, mask[0, 1]] == ["M[0,0]", 0.0], "numbers stay numbers"


def test_names_in_formulas_need_no_brackets() -> None:
    W = leaves([[1.0, 2.0]], "W")
    product = W[0][0] * W[0][1]
    assert str(formula(product)) == "W[0,0]·W[0,1]"
    assert formula(product).latex == r"W_{0,0} \cdot W_{0,1}"


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="each number must be a number, got str"):
        leaves(["1"], "x")
    with pytest.raises(TypeError, match="label must be a str, got int: 3"):
        leaves([1.0], 3)
    with pytest.raises(TypeError, match="each entry that is not a Value must be a number, got NoneType"):
        named([Value(1.0), None], "x")
