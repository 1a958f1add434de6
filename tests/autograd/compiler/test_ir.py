"""The intermediate representation prints as statements that can be read."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import nn
from autograd import compile
from autograd.compiler.ir import View


def test_a_layer() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
    step = compile(lambda x, y: nn.hinge(model(x), y), model.parameters(), backend="numpy")
    step([[0.0, 1.0], [1.0, 0.0]], [1, -1])
    lines = str(step.program.ir).splitlines()
    assert lines[:3] == [
        "forward:",
        "V[4:8] = contract('pm,mb->pb', S[1:13, as 4 x 3], V[0:3])",
        "V[8:12] = tanh(V[4:8])",
    ]
    assert "gV[15] = seed()" in lines[lines.index("backward:") :]


def test_a_recurrence() -> None:
    def decay(a: Any) -> Any:
        y = 1.0
        for _ in range(1000):
            y = y - 0.001 * (a * y)
        return y

    step = compile(decay, backend="numpy")
    step.value_and_grad(2.0)
    text = str(step.program.ir)
    assert "for i from 0 to 999:\n    S[" in text
    assert "for i from 999 to 0:\n    gS[" in text
    assert " i] += " in text


def test_rows_in_any_order() -> None:
    step = compile(lambda x: x[3] * x[0] + x[1] * x[2], params=[], reduction=None)
    step([[1.0, 2.0, 3.0, 4.0]] * 1000)
    assert str(step.program.ir).splitlines()[1] == "V[4] = add(mul(V[3], V[0]), mul(V[1], V[2]))"
    assert repr(View("S", np.array([7, 3, 4]), 2)) == "S[(7, 3, 4) + 2 i]"
