"""`Requirement`: which numbers it allows, at once and in compiled functions, and what its errors say."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Requirement, Value, compile

KINDS = {
    "between 0 and 1": (Requirement("share", 0, 1), [0, 0.3, 1]),
    "-1 or 1": (Requirement("label", -1, 1, step=2), [-1, 1]),
    "a whole number from 0 to 4": (Requirement("index", 0, 4, step=1), [0, 1, 2, 3, 4]),
    "one of -2, 0, ... 4": (Requirement("step", -2, 4, step=2), [-2, 0, 2, 4]),
    "3": (Requirement("three", 3, 3), [3]),
    "0 or 1": (Requirement("bit", 0, 1, step=1), [0, 1]),
}
NUMBERS = [-3, -2, -1, -0.5, 0, 0.3, 1, 1.5, 2, 3, 4, 5, 1e300, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("allowed", KINDS)
def test_eager_and_compiled_agree(allowed: str) -> None:
    requirement, right = KINDS[allowed]
    assert requirement.allowed == allowed

    def f(x: Any) -> Any:
        requirement.check(x)
        return x + 1

    compiled = compile(f)
    for x in NUMBERS:
        for call in (f, lambda x: f(Value(x)), compiled, lambda x: compiled(np.array([right[0], x], float))):
            if x in right:
                call(x)
            else:
                with pytest.raises(ValueError, match=f"the {requirement.name}.* must be {allowed}, got "):
                    call(x)


def test_numbers_of_all_types() -> None:
    label = Requirement("label", -1, 1, step=2)
    for one in (1, 1.0, True, Fraction(1), np.int8(1), np.uint8(1), np.float32(1), np.bool_(True), Value(1.0)):
        assert label.check(one) == 1
    for wrong in ("1", None, [1], 1j, np.ones(2)):
        with pytest.raises(TypeError, match="the label"):
            label.check(wrong)


def test_errors() -> None:
    requirement = Requirement("index", 0, 2, step=1, hint="count from 0", error=IndexError)
    with pytest.raises(
        IndexError, match=r"^the index must be a whole number from 0 to 2, got 0\.9999999; count from 0$"
    ):
        requirement.check(0.9999999)


def test_the_argument_is_named() -> None:
    label = Requirement("label", 0, 1, step=1)

    def f(x: Any) -> Any:
        label.check(x["y"][1])
        return x["y"][0]

    with pytest.raises(ValueError, match=r"the label x\['y'\]\[1\]\[0\]\[1\] must be 0 or 1, got 7"):
        compile(f)({"y": [0.5, np.array([[0, 7], [1, 1]])]})


def test_equal_requirements_are_checked_once_by_the_first_name() -> None:
    assert Requirement("label", 0, 1) == Requirement("index", 0, 1) != Requirement("label", 0, 1, step=1)

    def f(y: Any) -> Any:
        for name in ("label", "index"):
            Requirement(name, 0, 1).check(y)
        return y

    with pytest.raises(ValueError, match="the label y must be between 0 and 1, got 2"):
        compile(f)(2)
