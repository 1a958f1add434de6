"""Train a network and print each step of the first round."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from autograd import no_grad

from ..checks import check_rng
from ..shared import for_stdout
from ..training.samples import samples
from .records import as_factor, shown
from .training_round import Round, Unit, play_round


@dataclass(frozen=True)
class Story:
    """The results of `tell`: the `first` round, the errors of all passes, and the `outputs` for the new inputs."""

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
    """Train the `model` on samples `X` with desired outputs `Y`, and print each step of the first round.

    Weights are drawn from `rng` between -1 and 1. After the first round, `learn` trains the model with the same `lr`,
    `until`, `most` and `progress`. At the end, the outputs for the `new` inputs are printed.

    >>> from nn import MLP
    >>> story = tell(MLP(1, [1]), [[1], [2]], [2, 4], [[10]], rng=random.Random(1), progress=False)
    1. Set the inputs and the desired outputs.
       [1] → [2], and 1 more
    2. Set random weights.
       layer 0: w = [-0.7313], b = 0.6949
    3. Forward: compute r = Σ w·a + b in the adder of each neuron, then f(r).
       layer 0: r = (-0.7313)·1 + 0.6949 = -0.0364, f(r) = -0.0364
    4. Calculate the error.
       E = ½ · (-0.0364 - 2)² = 2.073
    5. Backward: delta = f'(r) · e, where e is y - d at an output and Σ w·delta elsewhere.
       layer 0: delta = 1 · (-2.036) = -2.036
    6. Update each weight: w - 0.1 · delta · a.
       layer 0: w = [-0.5276], b = 0.8985
    7. Repeat for all samples until the error is small.
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
    print("7. Repeat for all samples until the error is small.")
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
    """Train the `model` one sample at a time until the error of a pass over all samples is at most `until`.

    Return the error of each pass, the sum of the errors of its rounds. Training stops after `most` passes in any case;
    `progress` shows a progress bar.

    >>> from nn import MLP
    >>> errors = learn(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], progress=False)
    >>> errors[-1] <= 0.01 < errors[-2]
    True
    """
    data = samples(X, Y)
    pairs = list(zip(data.X.tolist(), data.Y.tolist()))
    errors = []
    with tqdm(range(most), unit=" passes", leave=False, disable=not progress) as bar:
        for _ in bar:
            errors.append(sum(play_round(model, x, d, lr=lr).error for x, d in pairs))
            bar.set_postfix(error=shown(errors[-1]), refresh=False)
            if errors[-1] <= until:
                break
    return errors


def _lines(first: Round, samples: int) -> Iterator[str]:
    units = [(_name(i, j, layer), unit) for i, layer in enumerate(first.layers) for j, unit in enumerate(layer)]
    yield "1. Set the inputs and the desired outputs."
    yield f"   {_list(first.inputs)} → {_list(first.desired)}" + (f", and {samples - 1} more" if samples > 1 else "")
    yield "2. Set random weights."
    yield from (f"   {name}: w = {_list(unit.weights)}, b = {shown(unit.bias)}" for name, unit in units)
    yield "3. Forward: compute r = Σ w·a + b in the adder of each neuron, then f(r)."
    yield from (f"   {name}: r = {_sum(unit)} = {shown(unit.r)}, f(r) = {shown(unit.y)}" for name, unit in units)
    yield "4. Calculate the error."
    squares = " + ".join(f"({shown(y)} - {_factor(d)})²" for y, d in zip(first.outputs, first.desired))
    yield f"   E = ½ · {squares if len(first.outputs) == 1 else f'({squares})'} = {shown(first.error)}"
    yield "5. Backward: delta = f'(r) · e, where e is y - d at an output and Σ w·delta elsewhere."
    for name, unit in reversed(units):
        yield f"   {name}: delta = {_factor(unit.slope)} · {_factor(unit.arrived)} = {shown(unit.delta)}"
    yield f"6. Update each weight: w - {shown(first.lr)} · delta · a."
    yield from (f"   {name}: w = {_list(unit.new_weights)}, b = {shown(unit.new_bias)}" for name, unit in units)


def _name(i: int, j: int, layer: Sequence[Unit]) -> str:
    return f"layer {i}, neuron {j}" if len(layer) > 1 else f"layer {i}"


def _sum(unit: Unit) -> str:
    terms = [f"{_factor(w)}·{_factor(a)}" for w, a in zip(unit.weights, unit.signals)]
    return " + ".join([*terms, _factor(unit.bias)])


def _factor(x: float) -> str:
    return as_factor(shown(x))


def _list(numbers: Iterable[float]) -> str:
    return f"[{', '.join(shown(float(x)) for x in numbers)}]"
