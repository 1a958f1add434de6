"""The steps of backpropagation, told while they happen."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import no_grad

from ..checks import check_rng
from ..shared import for_stdout
from ..training.samples import samples
from .records import shown
from .rounds import Round, Unit, play_round


@dataclass(frozen=True)
class Story:
    """What was told: the `first` round, the error of each pass over the samples, and the `outputs` for new inputs."""

    first: Round
    errors: list[float]
    outputs: list[Any]


def tell(
    model: Any,
    X: Any,
    Y: Any,
    new: Sequence[Sequence[float]] = (),
    *,
    rng: random.Random,
    lr: float = 0.1,
    until: float = 0.01,
    most: int = 2000,
    progress: bool = True,
) -> Story:
    """Teach the `model` the samples `X` with their desired outputs `Y`, and print each step of the first round.

    The weights are drawn from `rng`, between -1 and 1. After the first round it goes on quietly, as `learn` does, with
    its `lr`, `until`, `most` and `progress`; then it prints how that ended, and tests on the `new` inputs.

    >>> from nn import MLP
    >>> story = tell(MLP(1, [1]), [[1], [2]], [2, 4], [[10]], rng=random.Random(1), progress=False)
    1. Set the inputs and the desired outputs.
       [1] → [2], and 1 more
    2. Set random weights.
       layer 0: w = [-0.7313], b = 0.6949
    3. Forward: the adder r of each neuron, then its nonlinear element f.
       layer 0: r = (-0.7313)·1 + 0.6949 = -0.0364, f(r) = -0.0364
    4. Calculate the error.
       E = ½ · (-0.0364 - 2)² = 2.073
    5. Propagate it back: delta = f'(r) · what arrives, w · delta from each neuron that it feeds.
       layer 0: delta = 1 · (-2.036) = -2.036
    6. Update: w - 0.1 · delta · signal.
       layer 0: w = [-0.5276], b = 0.8985
    7. Repeat for all samples, until the error is minimised.
       E = 8.054 in pass 1, 0.009695 in pass 113
    8. Test on new inputs.
       [10] → 18.74
    """
    data = samples(X, Y)
    check_rng(rng)
    for p in model.parameters():
        p.data = rng.uniform(-1.0, 1.0)
    first = play_round(model, data.X[0], data.Y[0], lr=lr)
    print(for_stdout("\n".join(_lines(first, len(X)))))
    print("7. Repeat for all samples, until the error is minimised.")
    errors = learn(model, X, Y, lr=lr, until=until, most=most, progress=progress)
    print(f"   E = {errors[0]:.4g} in pass 1, {errors[-1]:.4g} in pass {len(errors)}")
    print("8. Test on new inputs.")
    with no_grad():
        outputs = [model(x) for x in new]
    for x, y in zip(new, outputs):
        print(for_stdout(f"   {_list(x)} → {_list(y) if isinstance(y, list) else shown(float(y))}"))
    return Story(first, errors, outputs)


def learn(
    model: Any, X: Any, Y: Any, *, lr: float = 0.1, until: float = 0.01, most: int = 2000, progress: bool = True
) -> list[float]:
    """Play a round for each of the samples `X`, again and again, until the error of a pass is not above `until`.

    Return the error of each pass, the sum of what its rounds met. There are `most` passes at most, and a bar that shows
    the `progress`.

    >>> from nn import MLP
    >>> errors = learn(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], progress=False)
    >>> errors[-1] <= 0.01 < errors[-2]
    True
    """
    from tqdm import tqdm

    data = samples(X, Y)
    pairs = list(zip(data.X.tolist(), data.Y.tolist()))
    errors = []
    with tqdm(total=most, unit=" passes", leave=False, disable=not progress) as bar:
        for _ in range(most):
            errors.append(sum(play_round(model, x, d, lr=lr).error for x, d in pairs))
            bar.update()
            bar.set_postfix(error=shown(errors[-1]), refresh=False)
            if errors[-1] <= until:
                break
    return errors


def _lines(first: Round, samples: int) -> Iterator[str]:
    yield "1. Set the inputs and the desired outputs."
    yield f"   {_list(first.inputs)} → {_list(first.desired)}" + (f", and {samples - 1} more" if samples > 1 else "")
    yield "2. Set random weights."
    yield from (f"   {name}: w = {_list(unit.weights)}, b = {shown(unit.bias)}" for name, unit in _named(first))
    yield "3. Forward: the adder r of each neuron, then its nonlinear element f."
    yield from (
        f"   {name}: r = {_sum(unit)} = {shown(unit.r)}, f(r) = {shown(unit.y)}" for name, unit in _named(first)
    )
    yield "4. Calculate the error."
    squares = " + ".join(f"({shown(y)} - {_factor(d)})²" for y, d in zip(first.outputs, first.desired))
    yield f"   E = ½ · {squares if len(first.outputs) == 1 else f'({squares})'} = {shown(first.error)}"
    yield "5. Propagate it back: delta = f'(r) · what arrives, w · delta from each neuron that it feeds."
    for name, unit in reversed(list(_named(first))):
        yield f"   {name}: delta = {_factor(unit.slope)} · {_factor(unit.arrived)} = {shown(unit.delta)}"
    yield f"6. Update: w - {shown(first.lr)} · delta · signal."
    yield from (f"   {name}: w = {_list(unit.new_weights)}, b = {shown(unit.new_bias)}" for name, unit in _named(first))


def _named(first: Round) -> Iterator[tuple[str, Unit]]:
    for i, layer in enumerate(first.layers):
        for j, unit in enumerate(layer):
            yield f"layer {i}" + (f", neuron {j}" if len(layer) > 1 else ""), unit


def _sum(unit: Unit) -> str:
    terms = [f"{_factor(w)}·{_factor(a)}" for w, a in zip(unit.weights, unit.signals)]
    return " + ".join([*terms, _factor(unit.bias)])


def _factor(x: float) -> str:
    return f"({shown(x)})" if x < 0 else shown(x)


def _list(numbers: Iterable[float]) -> str:
    return f"[{', '.join(shown(float(x)) for x in numbers)}]"
