"""Derivations of vectors and matrices as courses set them are marked, array by array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Value, leaves, named, relu, sigmoid, tanh
from autograd.testing import check_by_hand, check_derivative

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)


def numbers(array: Array) -> Array:
    return np.vectorize(lambda v: v.data)(array)


def random_leaves(label: str, *shape: int) -> Array:
    return leaves(RNG.normal(size=shape).round(2), label)


def softmax(z: Array) -> Array:
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def classifier() -> tuple[Value, dict[str, Array]]:
    X, W, b = random_leaves("X", 4, 3), random_leaves("W", 3, 2), random_leaves("b", 2)
    Z = named(X @ W + b, "Z")
    P = named(softmax(Z), "P")
    Y = np.eye(2)[[0, 1, 1, 0]]
    loss = -(Y * np.log(P)).sum() / 4
    dZ = (numbers(P) - Y) / 4
    return loss, {"Z": dZ, "W": numbers(X).T @ dZ, "b": dZ.sum(axis=0), "X": dZ @ numbers(W).T}


def layer_norm() -> tuple[Value, dict[str, Array]]:
    x, g = random_leaves("x", 4), random_leaves("g", 4)
    target = np.array([0.5, -1.0, 0.25, 0.0])
    centred = x - x.sum() / 4
    scale = (centred @ centred / 4 + 1e-5) ** -0.5
    n = named(centred * scale, "n")
    y = named(n * g, "y")
    loss = ((y - target) ** 2).sum()
    dy = 2 * (numbers(y) - target)
    dn, normed = dy * numbers(g), numbers(n)
    # n is also used twice by x: directly, and through the mean and the variance
    dx = (dn - dn.mean() - normed * (dn * normed).mean()) * scale.data
    return loss, {"y": dy, "g": dy * normed, "x": dx}


def attention() -> tuple[Value, dict[str, Array]]:
    Q, K, V = random_leaves("Q", 2, 3), random_leaves("K", 2, 3), random_leaves("V", 2, 3)
    S = named(Q @ K.T / np.sqrt(3), "S")
    A = named(softmax(S), "A")
    O = named(A @ V, "O")  # noqa: E741
    R = RNG.normal(size=(2, 3)).round(1)
    loss = (O * R).sum()
    dA = R @ numbers(V).T
    a = numbers(A)
    dS = a * (dA - (dA * a).sum(axis=1, keepdims=True))
    dQ, dK = dS @ numbers(K) / np.sqrt(3), dS.T @ numbers(Q) / np.sqrt(3)
    return loss, {"O": R, "A": dA, "V": a.T @ R, "S": dS, "Q": dQ, "K": dK}


def lstm_cell() -> tuple[Value, dict[str, Array]]:
    x, h, c = random_leaves("x", 2), random_leaves("h", 2), random_leaves("c", 2)
    W = {gate: random_leaves(f"W_{gate}", 2, 4) for gate in "ifog"}
    xh = np.concatenate([x, h])
    a = {gate: named(W[gate] @ xh, f"a_{gate}") for gate in "ifog"}
    act = {gate: np.array([(tanh if gate == "g" else sigmoid)(v) for v in a[gate]]) for gate in "ifog"}
    new_c = named(act["f"] * c + act["i"] * act["g"], "c_new")
    t = np.array([tanh(v) for v in new_c])
    new_h = named(act["o"] * t, "h_new")
    loss = (new_h**2).sum()
    dh = 2 * numbers(new_h)
    i, f, o, g = (numbers(act[gate]) for gate in "ifog")
    dc = dh * o * (1 - numbers(t) ** 2)
    gates = {"o": dh * numbers(t) * o * (1 - o), "f": dc * numbers(c) * f * (1 - f)}
    gates |= {"i": dc * g * i * (1 - i), "g": dc * i * (1 - g**2)}
    dxh = sum(numbers(W[gate]).T @ gates[gate] for gate in "ifog")
    answers = {"h_new": dh, "c_new": dc, "c": dc * f, "x": dxh[:2], "h": dxh[2:]}
    answers |= {f"a_{gate}": gates[gate] for gate in "ifog"}
    return loss, answers | {f"W_{gate}": np.outer(gates[gate], numbers(xh)) for gate in "ifog"}


@pytest.mark.parametrize("make", [classifier, layer_norm, attention, lstm_cell])
@pytest.mark.parametrize("digits", [None, 3, 4, 6])
def test_right_derivations(make: Any, digits: int | None) -> None:
    loss, answers = make()
    if digits:
        answers = {name: np.vectorize(lambda x: float(f"{x:.{digits}g}"))(array) for name, array in answers.items()}
    report = check_by_hand(loss, {name: array.tolist() for name, array in answers.items()})
    assert report, report
    assert report.verdicts == dict.fromkeys(report.verdicts, "right")
    assert report.verdicts.keys() == answers.keys()
    assert len(str(report).splitlines()) == 2 + len(answers), "a row for each array"


@pytest.mark.parametrize("make", [classifier, layer_norm, attention, lstm_cell])
def test_a_wrong_entry_is_found(make: Any) -> None:
    loss, answers = make()
    for name, array in answers.items():
        wrong = array.copy()
        place = tuple(n - 1 for n in array.shape)
        wrong[place] *= -1
        report = check_by_hand(loss, {**answers, name: wrong})
        label = f"{name}[{','.join(map(str, place))}]"
        assert report.verdicts[name] == "wrong"
        assert [m.label for m in report.marks if m.verdict == "wrong"] == [label]
        assert report.first.slip == "sign"
        assert f"\n{label} " in str(report)


def test_what_follows_from_a_wrong_array() -> None:
    loss, answers = classifier()
    dZ = answers["Z"] * 4  # the mean over the batch is forgotten
    report = check_by_hand(loss, {"Z": dZ, "b": dZ.sum(axis=0)})
    assert report.verdicts == {"Z": "wrong", "b": "follows"}


def test_functions_of_arrays_are_tested_at_several_points() -> None:
    loss, _ = classifier()
    Y = np.eye(2)[[0, 1, 1, 0]]
    assert check_by_hand(loss, {"Z": lambda P: (P - Y) / 4, "W": lambda X, P: X.T @ (P - Y) / 4})
    report = check_by_hand(loss, {"Z": lambda P: (P - Y) / 4, "W": lambda X, P: X.T @ (P - Y)})
    assert report.verdicts == {"Z": "right", "W": "wrong"}


def test_a_wrong_shape_is_an_error() -> None:
    loss, answers = classifier()
    with pytest.raises(ValueError, match=r"the gradient of W must have the shape \(3, 2\), got \(2, 3\): transpose it"):
        check_by_hand(loss, {"W": answers["W"].T})
    with pytest.raises(ValueError, match=r"the shape \(2,\), got \(1, 2\): remove or add axes of length 1"):
        check_by_hand(loss, {"b": [answers["b"]]})
    with pytest.raises(ValueError, match=r"the shape \(2,\), got a single number"):
        check_by_hand(loss, {"b": 1.0})
    with pytest.raises(ValueError, match=r"the shape \(3, 2\), got \(2, 2\)$"):
        check_by_hand(loss, {"W": answers["W"][:2]})
    with pytest.raises(ValueError, match="the rows of the gradient of W must have the same length"):
        check_by_hand(loss, {"W": [[1.0, 2.0], [3.0], [4.0, 5.0]]})
    with pytest.raises(ValueError, match="no node named 'Q'; the graph has: X, W, b, Z, P"):
        check_by_hand(loss, {"Q": answers["W"]})


def test_entries_that_the_loss_does_not_use() -> None:
    E = leaves([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "E")
    loss = E[0][0] * E[1][1]
    right = [[4.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert check_by_hand(loss, {"E": right})
    report = check_by_hand(loss, {"E": [[4.0, 7.0], [0.0, 1.0]]})
    assert report.first.label == "E[0,1]"
    assert "The loss does not depend on E[0,1], so its gradient is 0, not 7." in str(report)


def test_the_softmax_jacobian() -> None:
    z = np.array([0.1, -0.5, 1.2])
    assert check_derivative(softmax, lambda z: np.diag(softmax(z)) - np.outer(softmax(z), softmax(z)), at=[z, z[::-1]])
    report = check_derivative(softmax, lambda z: np.diag(softmax(z)), at=[z])
    assert [(m.of, m.by) for m in report.marks if m.verdict == "right"] == []
    report = check_derivative(lambda z: list(softmax(np.array(z))), lambda z: np.zeros((3, 3)).tolist(), at=[list(z)])
    assert len(report.marks) == 9
    assert report.marks[5].of == "[1]"
    assert report.marks[5].by == "z[2]"


def test_structures_of_arguments() -> None:
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    jacobians = lambda W, x: (np.einsum("ij,k->ijk", np.eye(2), x), W)  # noqa: E731
    assert check_derivative(lambda W, x: W @ x, jacobians, at=[(W, x)])
    assert check_derivative(
        lambda W, x: (W @ x).sum(), lambda W, x: (np.outer(np.ones(2), x), W.sum(axis=0)), at=[(W, x)]
    )
    report = check_derivative(
        lambda p: p["w"] * relu(p["x"][0]), lambda p: {"w": p["x"][0], "x": [1.0]}, at=[{"w": 2.0, "x": [3.0]}]
    )
    assert [(m.by, m.verdict) for m in report.marks] == [("p.w", "right"), ("p.x[0]", "wrong")]
    with pytest.raises(ValueError, match=r"must have the structure of an array of shape \(2, 2\), got .* shape \(2,\)"):
        check_derivative(lambda x: W @ x, lambda x: x, at=[x])
