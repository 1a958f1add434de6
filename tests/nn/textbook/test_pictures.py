"""Test that pictures of a round show its numbers, and that charts show their data."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from autograd import log
from nn import MLP
from nn.textbook import (
    Records,
    Round,
    ThreeLayers,
    Trail,
    cost_by_weights,
    draw_round,
    find_weight,
    loss_by_passes,
    parabola,
    play_round,
    round_pictures,
    save_pictures,
)
from nn.textbook.round_drawing import _number


@pytest.fixture
def played() -> Round:
    return play_round(ThreeLayers(rng=random.Random(0)), [1.0, 0.0], 1.0, lr=0.5)


def axes() -> Axes:
    return Figure().subplots()


def texts(round_: Round, stage: int) -> list[str]:
    return [text.get_text() for text in draw_round(round_, stage, ax=axes()).texts if text.get_text()]


@pytest.mark.slow
def test_the_stages(played: Round) -> None:
    titles = [draw_round(played, i, ax=axes()).get_title() for i in range(11)]
    assert [title.partition(". ")[2].partition(":")[0] for title in titles] == [
        "The inputs, the desired output, and the weights",
        "Forward, layer 0",
        "Forward, layer 1",
        "Forward, layer 2",
        "The error",
        "Backward, layer 2",
        "Backward, layer 1",
        "Backward, layer 0",
        "New weights, layer 0",
        "New weights, layer 1",
        "New weights, layer 2",
    ]
    with pytest.raises(ValueError, match="stage must be between 0 and 10 for this round, got 11"):
        draw_round(played, 11, ax=axes())


@pytest.mark.slow
def test_only_known_numbers_are_shown(played: Round) -> None:
    hidden, middle, (output,) = played.layers
    weights = [_number(w) for layer in played.layers for unit in layer for w in unit.weights]
    assert set(weights) <= set(texts(played, 0))
    assert _number(output.r) not in texts(played, 2)
    assert {_number(output.r), _number(output.y)} <= set(texts(played, 3))
    assert f"E = {played.error:.3f}" in texts(played, 4)
    assert not any(text.startswith("δ") for text in texts(played, 4))
    first = f"δ = {output.slope:.3f} · ({output.arrived:.3f}) = {output.delta:.3f}"
    assert output.arrived < 0
    assert first in texts(played, 5)
    assert f"δ = {output.delta:.3f}" in texts(played, 6)
    deltas = [text for text in texts(played, 7) if text.startswith("δ")]
    assert [float(text.rpartition("= ")[2]) for text in deltas] == pytest.approx(
        [unit.delta for unit in (*hidden, *middle, output)], abs=6e-4
    )


@pytest.mark.slow
def test_new_weights_replace_the_old(played: Round) -> None:
    unit = played.layers[0][0]
    old, new = _number(unit.weights[0]), _number(unit.new_weights[0])
    assert old != new
    place = 4  # after the texts of the two inputs
    assert [texts(played, i)[place] for i in (7, 8, 9)] == [old, f"{old}→{new}", new]


@pytest.mark.slow
def test_no_texts_overlap(played: Round) -> None:
    for figure in round_pictures(played):
        figure.canvas.draw()
        boxes = [
            text.get_window_extent() for text in figure.axes[0].texts if text.get_text() and not text.get_rotation()
        ]
        assert all(not a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.slow
def test_other_networks() -> None:
    played = play_round(MLP(1, [4, 2], rng=random.Random(0)), [2.5], [1.0, 0.0], lr=0.1)
    assert len(round_pictures(played)) == 8
    assert {"desired\n1", "desired\n0", "2.500"} <= set(texts(played, 0))
    unreal = play_round(ThreeLayers(1, [1], activation=lambda r: log(r + 1), rng=random.Random(0)), [0.5], 1.0, lr=0.1)
    assert draw_round(unreal, 0, ax=axes()).lines


@pytest.mark.slow
def test_pictures_are_saved(played: Round, tmp_path: Path) -> None:
    pictures = round_pictures(played, dpi=30)[:2]
    assert (pictures[0].image().mode, pictures[0].image().size) == ("P", pictures[0].canvas.get_width_height())
    folder = save_pictures(pictures, tmp_path / "new" / "round")
    assert sorted(path.name for path in folder.iterdir()) == ["01.png", "02.png"]
    gif = save_pictures(pictures, tmp_path / "round.gif", seconds=2.0)
    with Image.open(gif) as image:
        assert (image.n_frames, image.info["duration"]) == (2, 2000)


def test_numbers_have_three_digits() -> None:
    assert [_number(x) for x in (0.0, -1.0, 0.1, 12.34567, 2e-5, 12345.678, 1e30)] == [
        "0",
        "-1",
        "0.100",
        "12.346",
        "2e-05",
        "1.2e+04",
        "1e+30",
    ]


def test_the_parabola_has_the_trail_and_its_tangents() -> None:
    trail = find_weight()
    ax = parabola(trail, ax=axes())
    curve, *tangents, _, descent = ax.lines
    assert list(descent.get_xdata()) == [guess.weight for guess in trail]
    for guess, tangent in zip(trail, tangents, strict=False):
        (x0, x1), (y0, y1) = tangent.get_data()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(guess.gradient)
        assert (y0 + y1) / 2 == pytest.approx(guess.error)
    assert min(curve.get_ydata()) == pytest.approx(0.0, abs=1e-12)
    assert len(tangents) == 4


def test_charts_of_costs() -> None:
    ax = loss_by_passes({"a": Trail([0.0, 3.0], [1.0, 0.5]), "b": Trail([1.0], [1.0])}, ax=axes())
    assert [list(line.get_xdata()) for line in ax.lines] == [[1.0, 3.0], [1.0]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    table = Records([{"weights": 5, "a": 10, "b": None}, {"weights": 10, "a": 20, "b": 3.0}])
    ax = cost_by_weights(table, ax=axes())
    assert list(ax.lines[0].get_ydata()) == [10, 20]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5", "10"]
