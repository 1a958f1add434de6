"""Train a network on handwritten digits, for `chainrule demo`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd import Value, detach, draw
from autograd.files import check_writable, write_file
from autograd.terminal import printable
from nn import plot
from nn.data import Image, digits, split
from nn.evaluation import confusion, predict
from nn.layers import MLP
from nn.losses import cross_entropy
from nn.optim import Adam
from nn.plot.style import Page, png
from nn.schedules import linear_decay
from nn.training.fitting import fit
from nn.training.history import History

Data = tuple[list[Image], list[int]]

WIDTHS = [32, 10]
LEARNING_RATE = 0.02
HELD_OUT = 0.2
EPOCHS, EAGER_EPOCHS = 60, 15
_DPI = 150
_CURVE, _MISCLASSIFIED, _NEURON = "learning_curve.png", "misclassified.png", "neuron.svg"  # file names of the pictures


def run(seed: int = 0, epochs: int | None = None, out: Path = Path("chainrule-demo"), *, eager: bool = False) -> float:
    """Train an MLP on the digits, print its results, write pictures to `out` and return the test accuracy.

    By default, the model is compiled and trained for 60 epochs. If `eager` is true, the graph of each batch is recorded
    instead, for 15 epochs. The report includes the time per epoch of both modes.
    """
    epochs = epochs or (EAGER_EPOCHS if eager else EPOCHS)
    out.mkdir(parents=True, exist_ok=True)
    for name in (_CURVE, _MISCLASSIFIED, _NEURON):  # fail before the training, not after
        check_writable(out / name)
    rng = random.Random(seed)
    training, test = split(*digits(), held_out=HELD_OUT, rng=rng)
    model = MLP(64, WIDTHS, activation="tanh", rng=rng)
    print(model)
    print(f"{len(training[0]):,} handwritten digits for training, {len(test[0])} for testing; seed {seed}\n")

    history = train(model, training, test, epochs, rng, compiled=not eager)
    table = confusion(model, *test)
    accuracy = table.right / table.total
    print(
        f"\n{table.right} of {table.total} test digits are classified correctly ({accuracy:.1%}) "
        f"after {len(history)} epochs in {sum(history['seconds']):.1f} s\n"
    )
    print(table, end="\n\n")
    print(_times(history, training, test, eager), end="\n\n")
    _write_pictures(out, model, test, history)
    return accuracy


def train(
    model: MLP, training: Data, test: Data, epochs: int, rng: random.Random, *, compiled: bool, progress: bool = True
) -> History:
    """Train `model` with Adam on the softmax cross-entropy and return the history."""
    return fit(
        model,
        *training,
        loss=cross_entropy,
        optimizer=Adam(lr=LEARNING_RATE),
        epochs=epochs,
        schedule=linear_decay(epochs),
        validation=test,
        rng=rng,
        compiled=compiled,
        progress=progress,
    )


def _times(history: History, training: Data, test: Data, eager: bool) -> str:
    """Report the time per epoch, compiled and eager. The mode not used for training is timed on a fifth of the digits.

    The times are those of the fastest epoch, because other processes slow down some epochs.
    """
    rng = random.Random(0)
    model = MLP(64, WIDTHS, activation="tanh", rng=rng)
    other = train(model, _fifth(training), _fifth(test), 20 if eager else 2, rng, compiled=eager, progress=False)
    here, there = min(history["seconds"]), 5 * min(other["seconds"])
    compiled, graphs = (there, here) if eager else (here, there)
    return (
        f"time per epoch: {compiled:.3f} s compiled, {graphs:.2f} s one scalar at a time, "
        f"a factor of {graphs / compiled:.0f}\n"
        f"(the {'first' if eager else 'second'} estimated from a fifth of the digits)"
    )


def _fifth(data: Data) -> Data:
    return data[0][::5], data[1][::5]


def _write_pictures(out: Path, model: MLP, test: Data, history: History) -> None:
    images, labels = test
    curve = Page(figsize=(6.4, 4), layout="constrained")
    history.plot(curve.subplots())
    page = plot.misclassified(images, labels, predict(model, images))
    neuron_file, neuron = _svg_or_text(output_neuron(model, images[0], labels[0]))
    for name, what, picture in (
        (_CURVE, "loss and accuracy by epoch", png(curve, _DPI)),
        (_MISCLASSIFIED, "misclassified test digits", png(page, _DPI)),
        (neuron_file, f"graph of the output neuron for the digit {labels[0]}", neuron),
    ):
        write_file(out / name, picture)
        print(f"{printable(str(out / name))}: {what}")


def _svg_or_text(output: Value) -> tuple[str, str]:
    """Return the name and content of a file with the graph: SVG, or text if no program can lay it out."""
    graph = draw(output)
    try:
        return _NEURON, graph.to_svg()
    except RuntimeError as error:
        return f"{Path(_NEURON).stem}.txt", f"{graph.to_text()}\n\n({error})\n"


def output_neuron(model: MLP, image: Sequence[float], label: int) -> Value:
    """Return the score of `label` for `image` as a graph of only the output neuron, with gradients."""
    *hidden, last = model.layers
    signals: list[Any] = list(image)
    for layer in hidden:
        signals = [detach(y, f"x{i}") for i, y in enumerate(layer.outputs(signals))]
    model.zero_grad()
    output = last.neurons[label](signals)
    output.label = f"score of {label}"
    output.backward()
    return output
