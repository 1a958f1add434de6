"""The history of a training, as rows, columns, tables and a curve."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from nn import History


def history(epochs: int) -> History:
    found = History()
    for epoch in range(1, epochs + 1):
        found.append({"epoch": epoch, "loss": 1 / epoch, "validation_accuracy": 0.5, "lr": 1e-3, "seconds": 0.0125})
    return found


def test_rows_and_columns() -> None:
    found = history(3)
    assert [row["epoch"] for row in found.rows()] == found["epoch"] == [1, 2, 3]
    found.rows()[0]["loss"] = 7.0
    assert found["loss"] == [1.0, 0.5, 1 / 3], "rows are copies"
    assert len(found) == 3
    assert list(found) == found.rows()
    assert ("loss" in found, "accuracy" in found, "loss" in History()) == (True, False, False)
    with pytest.raises(
        KeyError, match="no column 'accuracy' in this history: the columns are epoch, loss, validation_accuracy"
    ):
        found["accuracy"]
    with pytest.raises(KeyError, match="no column 'loss' in this history: it has no epochs yet"):
        History()["loss"]


def test_text() -> None:
    found = history(2)
    assert repr(found).splitlines() == [
        "epoch  loss  validation accuracy     lr  seconds",
        "    1     1                50.0%  0.001   0.0125",
        "    2   0.5                50.0%  0.001   0.0125",
    ]
    found.stopped = "enough"
    assert repr(found).splitlines()[-1] == "enough"
    assert repr(History()) == "no epochs"


def test_a_long_text_leaves_the_middle_out() -> None:
    lines = repr(history(100)).splitlines()
    assert len(lines) == 26
    assert [line.split()[0] for line in lines[11:15]] == ["11", "12", "...", "89"]
    assert lines[-1].split()[0] == "100"
    assert "..." not in repr(history(24))


def test_html_is_escaped() -> None:
    found = history(1)
    found.stopped = "<b>"
    assert found._repr_html_().endswith("</table><p>&lt;b&gt;</p>")
    assert "<th>validation accuracy</th>" in found._repr_html_()
    assert History()._repr_html_() == "<p>no epochs</p>"


def test_plot() -> None:
    ax = Figure().subplots()
    assert history(4).plot(ax) is ax
    assert list(ax.lines[0].get_ydata()) == [1.0, 0.5, 1 / 3, 0.25]
