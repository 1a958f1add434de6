"""`chainrule predict`: what it writes, what it says, and models and tables that it refuses."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd.__main__ import main

HEAD, ROWS = "x,kind,y\n", [(i / 10, "ab"[i % 2], "no" if i < 30 else "yes") for i in range(60)]


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A model of the two columns x and kind, in the folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(HEAD + "".join(f"{x},{kind},{y}\n" for x, kind, y in ROWS))
    assert main(["train", "t.csv", "--target", "y", "--epochs", "40", "--out", "m.json"]) == 0
    capsys.readouterr()
    return tmp_path / "m.json"


def predict(capsys: pytest.CaptureFixture[str], text: str, *words: str) -> tuple[int, str, str]:
    Path("new.csv").write_text(text)
    status = main(["predict", "m.json", "new.csv", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_predictions_of_classes(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = predict(capsys, 'kind;note;x\na;"1;2";0\nb;;5.9\n')
    assert (status, err) == (0, "not read: note\n")
    head, *rows = csv.reader(io.StringIO(out), delimiter=";")
    assert head == ["kind", "note", "x", "predicted", "probability"]
    assert [row[:4] for row in rows] == [["a", "1;2", "0", "no"], ["b", "", "5.9", "yes"]]
    assert all(0.9 < float(row[4]) <= 1.0 for row in rows)


def test_predictions_are_those_of_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = predict(capsys, "x,kind\n3.1,b\n")
    about = nn.read_about("m.json")
    number = about["columns"][0]
    logits = [float(z) for z in nn.load("m.json")([(3.1 - number["mean"]) / number["scale"], 0.0, 1.0])]
    probability = 1 / (1 + 2.718281828459045 ** -abs(logits[0] - logits[1]))
    assert float(out.strip().split(",")[-1]) == pytest.approx(probability, rel=1e-5)
    assert about["target"]["classes"][logits[1] > logits[0]] == out.strip().split(",")[-2]


def test_predictions_of_numbers_into_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i / 10},{100 + 5 * i / 10}\n" for i in range(60))
    Path("line.csv").write_text(f"a,b\n{rows}")
    options = ["--hidden", "0", "--lr", "0.1", "--l2", "0", "--out", "line.json"]
    assert main(["train", "line.csv", "--target", "b", *options]) == 0
    assert main(["predict", "line.json", "line.csv", "--out", "p.csv"]) == 0
    assert capsys.readouterr().err.endswith("not read: b\n60 predictions of b are in p.csv\n")
    written = list(csv.DictReader(io.StringIO(Path("p.csv").read_text())))
    assert list(written[0]) == ["a", "b", "predicted"]
    assert all(float(row["predicted"]) == pytest.approx(float(row["b"]), abs=0.5) for row in written)


def test_what_the_model_did_not_learn_from(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = predict(capsys, "x,kind\n?,a\n1,teal\x1b\n1,NA\n")
    assert status == 0
    assert err.splitlines() == [
        "x: 1 missing, where the model learned from none that were: taken as the mean",
        "kind: 2 of 3 are no category that it learned, such as 'teal\\x1b'",
    ]
    assert len(out.splitlines()) == 4


def test_many_columns_that_are_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    extra = [f"e{i}" for i in range(12)]
    _, _, err = predict(capsys, f"x,kind,{','.join(extra)}\n1,a{',' * 12}\n")
    assert err == f"not read: {', '.join(extra[:10])} and 2 more\n"


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("x\n1\n", "", "new.csv has no column 'kind'; there are x"),
        ("X,kind\n1,a\n", "", "new.csv has no column 'x'"),
        ("x,kind\nold,a\n", "", "new.csv, line 2, column 'x': 'old' is not a number"),
        ("x;kind\n1,5;a\n", "", "new.csv, line 2, column 'x': '1,5' is not a number; write numbers as 1.5"),
        ("x,kind\n1,a\n1e400,a\n", "", "new.csv, line 3, column 'x': the number '1e400' is larger than 1e+100"),
        ("x,kind,predicted\n1,a,b\n", "", "new.csv has a column predicted already, which is to be added"),
        ("x,kind,probability\n1,a,b\n", "", "new.csv has a column probability already"),
        ("x,kind\n", "", "new.csv has a header, but no rows"),
        ("x,kind\n1,a\n", "--out new.csv", "--out is new.csv itself"),
        ("x,kind\n1,a\n", "--out m.json", "--out is m.json itself"),
        ("x,kind\n1,a\n", "--out no/p.csv", "to write p.csv to"),
    ],
)
def test_tables_that_are_refused(capsys: pytest.CaptureFixture[str], text: str, words: str, wanted: str) -> None:
    status, out, err = predict(capsys, text, *words.split())
    assert (status, out) == (2, "")
    assert err.startswith("chainrule predict: ")
    assert wanted in err


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda m: m.pop("about"), "m.json: this model does not say which columns it reads, as those of"),
        (lambda m: m["about"]["columns"].pop(), "m.json: about is of a model with 1 inputs, and this one has 3"),
        (
            lambda m: m["about"]["target"]["classes"].pop(),
            "m.json: about is of a model with 1 outputs, and this one has 2",
        ),
        (lambda m: m["about"]["columns"][0].update(scale=-1), "m.json: about.columns[0].scale is a positive number"),
        (lambda m: m["about"]["columns"][0].update(scale=1e-300), "line 2, column 'x': 1e+100 is too far from"),
        (lambda m: m["parameters"]["layers"][0]["neurons"][0].update(b=1e308, w=[1e308] * 3), "is not finite"),
        (lambda m: m.update(format="other"), "this is no model"),
    ],
)
def test_models_that_are_refused(
    capsys: pytest.CaptureFixture[str], model: Path, change: Callable[[Any], Any], wanted: str
) -> None:
    document = json.loads(model.read_text())
    change(document)
    model.write_text(json.dumps(document))
    status, out, err = predict(capsys, "x,kind\n1e100,a\n")
    assert (status, out) == (2, "")
    assert wanted in err
    assert "Traceback" not in err


def test_a_model_of_another_class(capsys: pytest.CaptureFixture[str]) -> None:
    about = nn.read_about("m.json")
    nn.Layer(3, 2, rng=random.Random(0)).save("m.json", about=about)
    status, _, err = predict(capsys, "x,kind\n1,a\n")
    assert (status, err) == (2, "chainrule predict: m.json: the model is an MLP, not Layer\n")


def test_files_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "none.json", "t.csv"]) == 2
    assert main(["predict", "m.json", "none.csv"]) == 2
    assert main(["predict", "t.csv", "t.csv"]) == 2
    assert "t.csv: this is not JSON" in capsys.readouterr().err
