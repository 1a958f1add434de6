"""Pictures of training, on matplotlib axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def learning_curve(ax: Axes, losses: Sequence[float], accuracies: Sequence[float]) -> Axes:
    """Draw the loss of each epoch, and beside it the share of held-out samples that were right after it."""
    epochs = range(1, len(losses) + 1)
    (loss,) = ax.plot(epochs, losses, color="tab:blue", marker="o", markersize=4, label="training loss (left)")
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    ax.set_ylim(bottom=0)
    ax.grid(alpha=0.3)
    ax.locator_params(axis="x", integer=True)
    right = ax.twinx()
    (share,) = right.plot(
        epochs,
        [100 * a for a in accuracies],
        color="tab:orange",
        marker="s",
        markersize=4,
        label="held out, % right (right)",
    )
    right.set_ylabel("% right")
    right.set_ylim(top=100.5)
    ax.legend(handles=[loss, share], loc="center right")
    return ax


def misread(
    samples: Sequence[tuple[Sequence[float], int, int]], title: str, columns: int = 8, most: int = 40
) -> Figure:
    """Draw a page of digits that were misread: each of the `samples` is an image, its label and what was read."""
    from matplotlib.figure import Figure

    shown = samples[:most]
    rows = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(1.15 * columns, 1.35 * rows + 0.6), layout="constrained")
    figure.suptitle(title if len(samples) <= most else f"{title} (the first {most})")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax in axes:
        ax.axis("off")
    for ax, (image, label, read) in zip(axes, shown):
        side = round(len(image) ** 0.5)
        ax.imshow([image[i * side : (i + 1) * side] for i in range(side)], cmap="gray_r", vmin=0, vmax=1)
        ax.set_title(f"{label} read as {read}", fontsize=8)
    return figure
