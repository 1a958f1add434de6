"""Plots of networks and of their training, drawn with matplotlib.

Each function draws on the axes `ax`, or on those of a new figure if `ax` is None, and returns the axes; only
`misclassified` returns a figure. Each class has a marker and a colour that colour-blind readers can tell apart.
"""

from __future__ import annotations

import os

try:
    import matplotlib as _matplotlib  # noqa: F401 - raises ValueError for an unknown MPLBACKEND
except ValueError:
    if "MPLBACKEND" not in os.environ:
        raise
    name = os.environ["MPLBACKEND"]
    raise ImportError(f"MPLBACKEND must name a backend of matplotlib, got {name!r}: change or unset it") from None

from .confusion_matrix import confusion_table
from .decision_regions import decision_boundary
from .images import misclassified, weights_as_images
from .layer_histograms import gradients_by_layer, signals_by_layer
from .learning_curves import learning_curve

__all__ = [
    "confusion_table",
    "decision_boundary",
    "gradients_by_layer",
    "learning_curve",
    "misclassified",
    "signals_by_layer",
    "weights_as_images",
]
