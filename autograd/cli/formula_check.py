"""Check derivatives that are given as formulas, for `chainrule check`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.parsing import identifier
from autograd.testing.by_hand.written_formulas import WrittenFormula, names_of
from autograd.testing.checks.derivatives import DerivativeReport, check_derivative

MAX_POINTS = 4
_NUMBERS = (0.7, -0.6, 1.9, 0.3, -2.2, 3.1, 0.45, 5.3, -1.4, 0.15)  # tried in turn


def check_formulas(formula: str, answers: Sequence[str]) -> DerivativeReport:
    """Check the derivatives of a `formula` with respect to its names, in the order in which they appear.

    The `answers` are the derivatives, and numbers for names, such as "x=2". Other names get several numbers.
    """
    assignments = [x.partition("=") for x in answers if _is_assignment(x)]
    derivatives = [x for x in answers if not _is_assignment(x)]
    names = names_of(formula)
    fixed = {identifier(name): float(WrittenFormula(number)({})) for name, _, number in assignments}
    if len(fixed) < len(assignments):
        raise ValueError(f"each name must be given once, got: {', '.join(name for name, *_ in assignments)}")
    if unknown := [name for name in fixed if name not in names]:
        raise ValueError(f"each name must be in the formula, got {unknown[0]}")
    if len(derivatives) != len(names):
        wanted = f"one for each of {', '.join(names)}" if names else "none, because the formula has no names"
        raise ValueError(f"the number of derivatives must be {len(names)}, {wanted}; got {len(derivatives)}")
    f = _function(formula, names, lambda values: values[0])
    df = _function(formula, names, list, derivatives)
    points = list(_points(f, names, fixed))
    if not points:
        raise ValueError("found no point inside the domain of the formula: choose one, such as x=0.5")
    return check_derivative(f, df, at=points)


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.strip().isidentifier()


def _function(
    formula: str, names: Sequence[str], result: Callable[[list[Any]], Any], texts: Sequence[str] | None = None
) -> Callable[..., Any]:
    """Return the function of the `names` that computes the formulas `texts`, or else the `formula`."""
    written = [WrittenFormula(text, names) for text in (texts or [formula])]

    def function(*numbers: Any) -> Any:
        return result([each(dict(zip(names, numbers))) for each in written])

    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    function.__name__, function.__signature__ = formula, inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


def _points(f: Callable[..., Any], names: Sequence[str], fixed: Mapping[str, float]) -> Iterator[tuple[float, ...]]:
    """Yield points inside the domain of f, at most four."""
    found = 0
    for i in range(len(_NUMBERS) if len(fixed) < len(names) else 1):
        point = tuple(fixed.get(name, _NUMBERS[(i + 3 * j) % len(_NUMBERS)]) for j, name in enumerate(names))
        if math.isfinite(float(f(*point))) or len(fixed) == len(names):
            yield point
            found += 1
        if found == MAX_POINTS:
            return
