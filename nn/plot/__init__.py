"""Pictures of networks and of their training, by matplotlib.

Each function draws on the axes `ax`, or where that is None on those of a new figure, and returns them; only
`misclassified` returns a page. Classes have colours that can be told apart without seeing red and green, and markers.
"""

from __future__ import annotations

import os

try:
    import matplotlib as _matplotlib  # noqa: F401 - it checks the variable MPLBACKEND here
except ValueError:
    if "MPLBACKEND" not in os.environ:
        raise
    name = os.environ["MPLBACKEND"]
    raise ImportError(f"MPLBACKEND must name a backend of matplotlib, got {name!r}: change or unset it") from None

from .by_layer import gradients_by_layer, signals_by_layer
from .confusion_matrix import confusion_table
from .curves import learning_curve
from .images import misclassified, weights_as_images
from .regions import decision_boundary

__all__ = [
    "confusion_table",
    "decision_boundary",
    "gradients_by_layer",
    "learning_curve",
    "misclassified",
    "signals_by_layer",
    "weights_as_images",
]
