"""The main job, `chainrule demo`: learn to read handwritten digits, one scalar at a time."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from autograd import detach, draw, no_grad

from . import plot
from .data import Image, digits, split
from .layers import MLP
from .losses import cross_entropy
from .optim import Adam

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Sample = tuple[Image, int]

WIDTHS = [32, 10]
BATCH = 32
LEARNING_RATE = 0.02
HELD_OUT = 0.2


def run(seed: int = 0, epochs: int = 15, out: Path = Path("chainrule-demo")) -> float:
    """Train an MLP on the digits, print how it does, write the pictures into `out`, and return the accuracy."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=out):  # better to fail now than after the training
        pass
    rng = random.Random(seed)
    learn, test = split(*digits(), held_out=HELD_OUT, rng=rng)
    model = MLP(64, WIDTHS, activation="tanh", rng=rng)
    print(model)
    print(f"learning from {len(learn):,} handwritten digits, tested on {len(test)} others; seed {seed}\n")

    start = time.perf_counter()
    losses, accuracies = train(model, learn, test, epochs, rng)
    spent = time.perf_counter() - start

    predictions = [predict(model, image) for image, _ in test]
    wrong = [(image, label, digit) for (image, label), digit in zip(test, predictions) if label != digit]
    print(
        f"\n{len(test) - len(wrong)} of {len(test)} held-out digits are right, {accuracies[-1]:.1%}, "
        f"after {spent:.0f} s\n"
    )
    print(confusion_table([label for _, label in test], predictions))

    _write_pictures(out, model, test[0], losses, accuracies, wrong)
    return accuracies[-1]


def train(
    model: MLP, learn: Sequence[Sample], test: Sequence[Sample], epochs: int, rng: random.Random
) -> tuple[list[float], list[float]]:
    """Train with Adam on the softmax cross-entropy; return loss and held-out accuracy of each epoch."""
    from tqdm import tqdm

    optimizer = Adam(lr=LEARNING_RATE)
    parameters = model.parameters()
    losses, accuracies = [], []
    with tqdm(total=epochs * len(learn), unit=" digits", dynamic_ncols=True, mininterval=0.5) as progress:
        for epoch in range(1, epochs + 1):
            progress.set_description(f"epoch {epoch}/{epochs}")
            total = 0.0
            for batch in batches(learn, BATCH, rng):
                loss = cross_entropy([model(image) for image, _ in batch], [label for _, label in batch])
                model.zero_grad()
                loss.backward()
                optimizer.step(parameters)
                total += loss.data * len(batch)
                progress.update(len(batch))
            optimizer.lr = LEARNING_RATE * (1 - epoch / epochs)
            losses.append(total / len(learn))
            accuracies.append(sum(predict(model, image) == label for image, label in test) / len(test))
            progress.set_postfix(loss=f"{losses[-1]:.3f}", right=f"{accuracies[-1]:.1%}")
    return losses, accuracies


def batches(samples: Sequence[Sample], size: int, rng: random.Random) -> Iterator[list[Sample]]:
    """Yield the samples in random order, `size` at a time."""
    order = rng.sample(samples, len(samples))
    for i in range(0, len(order), size):
        yield order[i : i + size]


def predict(model: MLP, image: Image) -> int:
    """Return the digit whose output is the highest."""
    with no_grad():
        outputs = model(image)
    return max(range(len(outputs)), key=outputs.__getitem__)


def confusion_table(labels: Sequence[int], predictions: Sequence[int], classes: int = 10) -> str:
    """Write how often each label (a row) was read as each digit (a column).

    >>> print(confusion_table([0, 1, 1], [0, 1, 0], classes=2))
    read as    0   1
    a 0        1   .
    a 1        1   1
    """
    counts = [[0] * classes for _ in range(classes)]
    for label, digit in zip(labels, predictions):
        counts[label][digit] += 1
    head = "read as " + "".join(f"{digit:4}" for digit in range(classes))
    rows = [f"a {label}     " + "".join(f"{n or '.':>4}" for n in row) for label, row in enumerate(counts)]
    return "\n".join([head, *rows])


def _write_pictures(
    out: Path,
    model: MLP,
    sample: Sample,
    losses: Sequence[float],
    accuracies: Sequence[float],
    wrong: Sequence[tuple[Image, int, int]],
) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4), layout="constrained")
    plot.learning_curve(figure.subplots(), losses, accuracies)
    page = plot.misread(wrong, f"{len(wrong)} misread digits")
    image, label = sample
    print()
    for name, what, picture in (
        ("learning_curve.png", "loss and accuracy by epoch", _png(figure)),
        ("misread.png", "the held-out digits that it misreads", _png(page)),
        ("neuron.svg", f"the output neuron for {label}, as it reads one", neuron_picture(model, image, label).encode()),
    ):
        (out / name).write_bytes(picture)
        print(f"{out / name}: {what}")


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def neuron_picture(model: MLP, image: Image, label: int) -> str:
    """Draw, as SVG, the graph of the output neuron for `label` as it reads `image`, with its gradients."""
    *hidden, last = model.layers
    signals: list[Any] = list(image)
    for layer in hidden:
        signals = [detach(y, f"x{i}") for i, y in enumerate(layer.outputs(signals))]
    model.zero_grad()
    output = last.neurons[label](signals)
    output.label = f"score of {label}"
    output.backward()
    return draw(output).to_svg()
