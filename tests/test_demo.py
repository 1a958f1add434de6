"""The main job on a small scale: the same code with one epoch, its report and its pictures."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from autograd.__main__ import main
from nn import MLP, demo, plot


def test_one_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    assert main(["demo", "--epochs", "1", "--seed", "3", "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "MLP, 2410 parameters" in shown.out
    assert "learning from 1,438 handwritten digits, tested on 359 others; seed 3" in shown.out
    assert "epoch 1/1" in shown.err
    table = [line.split()[2:] for line in shown.out.splitlines() if line.startswith("a ")]
    assert sum(int(cell) for row in table for cell in row if cell != ".") == 359
    right = sum(int(table[i][i]) for i in range(10) if table[i][i] != ".")
    assert f"{right} of 359 held-out digits are right" in shown.out
    assert right > 280, "one epoch is enough for most"
    assert sorted(path.name for path in out.iterdir()) == ["learning_curve.png", "misread.png", "neuron.svg"]
    for name in ("learning_curve.png", "misread.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert ET.parse(out / "neuron.svg").getroot().tag.endswith("svg")


def test_an_output_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["demo", "--epochs", "1", "--out", str(tmp_path / "file" / "below")]) == 2
    assert "chainrule demo: " in capsys.readouterr().err


def test_batches_have_every_sample_once() -> None:
    samples = [([float(i)], i) for i in range(10)]
    got = list(demo.batches(samples, 4, random.Random(0)))
    assert [len(batch) for batch in got] == [4, 4, 2]
    assert sorted(label for batch in got for _, label in batch) == list(range(10))


def test_reading_takes_the_highest_output() -> None:
    model = MLP(2, [3])
    for neuron, bias in zip(model.layers[0].neurons, (1.0, 3.0, 2.0)):
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.0, 0.0, bias
    assert demo.predict(model, [1.0, 1.0]) == 1


def test_the_neuron_is_drawn_with_its_gradients() -> None:
    model = MLP(2, [2, 2], activation="tanh", rng=random.Random(0))
    tree = ET.fromstring(demo.neuron_picture(model, [1.0, 0.5], 1))
    shown = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert any(text.startswith("score of 1 = ") for text in shown)
    assert len([text for text in shown if text.startswith("grad ")]) == 6
    assert "grad 1" in shown
    assert "neuron 1" in shown


def test_learning_curve() -> None:
    ax = plot.learning_curve(Figure().subplots(), [2.0, 1.0, 0.5], [0.5, 0.8, 0.9])
    assert list(ax.lines[0].get_ydata()) == [2.0, 1.0, 0.5]
    assert ax.get_xlabel() == "epoch"


def test_misread_page_shows_each_digit_up_to_the_most() -> None:
    samples = [([0.0] * 64, i, i + 1) for i in range(5)]
    figure = plot.misread(samples, "5 misread", columns=2)
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == [f"{i} read as {i + 1}" for i in range(5)]
    assert all(len(ax.images) == 1 for ax in figure.axes[:5])
    assert plot.misread(samples, "5 misread", most=3).get_suptitle() == "5 misread (the first 3)"
    assert len(plot.misread([], "none").axes) == 8
