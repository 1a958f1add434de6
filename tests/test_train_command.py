"""`chainrule train`: what it reads, says, learns and writes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import nn
from autograd.__main__ import main

Run = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def train(capsys: pytest.CaptureFixture[str], text: str, *words: str) -> Run:
    Path("t.csv").write_text(text)
    status = main(["train", "t.csv", *words])
    out, err = capsys.readouterr()
    return status, out, err


def moons(n: int = 200) -> str:
    X, Y = nn.data.moons(n, rng=random.Random(0))
    return "x,y,class\n" + "".join(f"{x},{y},{('upper', 'lower')[c]}\n" for (x, y), c in zip(X, Y))


def line(n: int = 100) -> str:
    return "a;b;y\n" + "".join(f"{i % 7};{i % 5};{1000 + 10 * (i % 7) - 3 * (i % 5)}.5\n" for i in range(n))


def test_classes(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = train(capsys, moons(), "--target", "class", "--hidden", "8,8", "--out", "m.json")
    assert status == 0
    assert out.startswith("t.csv: 200 rows, 3 columns\n  x  numbers from ")
    assert (
        "learning class: classification, 2 classes, lower, upper\nfrom 160 rows, tested on 40 held out; seed 0\n\nMLP"
        in out
    )
    assert "layers.1: Layer(8, 8), relu" in out
    assert "epoch 200/200" in err
    right, baseline = (row for row in out.splitlines() if " of 40" in row)
    assert int(right.split()[2]) > 36
    assert baseline.startswith("always ")
    table = [row.split()[1:] for row in out.splitlines() if row.startswith(("lower", "upper"))]
    assert sum(int(cell) for row in table for cell in row if cell != ".") == 40
    assert out.endswith("the model is in m.json: chainrule predict m.json FILE.csv\n")
    assert repr(nn.load("m.json")).startswith("MLP")


def test_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = train(capsys, line(), "--target", "y", "--activation", "tanh", "--l2", "0")
    assert status == 0
    assert "learning y: regression, numbers from 988.5 to 1060.5 (--classification takes each for a class)" in out
    model, baseline = (row for row in out.splitlines() if "RMSE" in row)
    assert float(model.partition("R² ")[2]) > 0.99
    assert float(model.split()[3].rstrip(",")) < 2.0
    assert 15.0 < float(baseline.partition("RMSE ")[2].split(",")[0]) < 25.0
    assert float(baseline.partition("R² ")[2]) == pytest.approx(0.0, abs=0.1)
    assert "the model is in model.json" in out


def test_the_baseline_is_what_is_most_frequent_where_it_learned(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i % 3},{'often' if i % 4 else 'rare'}\n" for i in range(100))
    _, out, _ = train(capsys, f"x,y\n{rows}", "--target", "y", "--epochs", "1")
    held = next(row for row in out.splitlines() if row.startswith("always often would be"))
    in_table = next(row.split()[1:] for row in out.splitlines() if row.startswith("often"))
    assert f"{sum(int(n) for n in in_table if n != '.')} of 20" in held


def test_all_kinds_of_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(
        f"{i},N{i},{'' if i % 9 == 0 else i % 7},{'ab?'[i % 3]},same,2020-01-0{i % 9 + 1},{i % 5},{'?' if i < 3 else i % 2}\n"
        for i in range(90)
    )
    head = "id,name,age,kind,one,day,code,y\n"
    options = ["--target", "y", "--epochs", "2", "--ignore", "day", "--category", "code"]
    status, out, _ = train(capsys, head + rows, *options)
    assert status == 0
    assert [row.split(None, 1) for row in out.splitlines()[2:9]] == [
        ["id", "numbers from 3 to 89; if they only number the rows, leave them out: --ignore id"],
        ["name", "left out: each is a different one, as of an id or a name"],
        ["age", "numbers from 0 to 6; 9 missing"],
        ["kind", "2 categories, a, b; 29 missing"],
        ["one", "left out: always same"],
        ["day", "left out, as --ignore says"],
        ["code", "5 categories, 0, 1, 2, 3, 4"],
    ]
    assert out.splitlines()[1] == "left out, for there is no y: 3 of these rows"
    assert "Layer(11, 32)" in out, "id, age and whether it is missing, three kinds, five codes"
    columns = nn.read_about("model.json")["columns"]
    assert [column["name"] for column in columns] == ["id", "age", "kind", "code"]


def test_many_columns_are_not_all_listed(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"p{i}" for i in range(30)]
    for factors, wanted in (
        (range(30), [*(f"  p{i}{' ' * (3 - len(str(i)))} left out: always 0" for i in (0, 7, 14, 21, 28))]),
        ([1] * 30, []),
    ):
        rows = [[*(i * j % 7 for j in factors), i % 2] for i in range(40)]
        text = "\n".join(",".join(map(str, row)) for row in [[*names, "y"], *rows])
        _, out, _ = train(capsys, text, "--target", "y", "--epochs", "1")
        others = "25 others" if wanted else "30 columns"
        assert out.splitlines()[1 : len(wanted) + 3] == [*wanted, f"  {others}: numbers", ""]


def test_many_classes_are_not_tabled(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i % 16},c{i % 16}\n" for i in range(160))
    status, out, _ = train(capsys, f"x,y\n{rows}", "--target", "y", "--epochs", "1")
    assert (status, "read as" in out) == (0, False)


def test_a_seed_makes_it_reproducible(capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for seed in ("3", "3", "4"):
        _, out, _ = train(capsys, moons(), "--target", "class", "--epochs", "2", "--seed", seed)
        files.append((out, Path("model.json").read_text()))
    assert files[0] == files[1]
    assert files[0][1] != files[2][1]


def test_nothing_held_out_and_no_hidden_layer(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = train(capsys, moons(20), "--target", "class", "--held-out", "0", "--hidden", "0", "--epochs", "1")
    assert status == 0
    assert "from 20 rows; seed 0" in out
    assert "layers.0: Layer(2, 2), linear" in out
    assert "held out:" not in out


def test_classes_of_texts_and_numbers_keep_their_texts(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i % 3},{('1.0', '2', 'n')[i % 3]}\n" for i in range(30))
    status, _, _ = train(capsys, f"x,y\n{rows}", "--target", "y", "--epochs", "1")
    assert status == 0
    assert nn.read_about("model.json")["target"]["classes"] == ["1.0", "2", "n"]


def test_one_held_out_row_has_no_r_squared(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = train(capsys, line(10), "--target", "y", "--held-out", "0.1", "--epochs", "1")
    assert "RMSE" in out
    assert "R²" not in out


def test_numbers_whose_squares_vanish(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i % 7},{i % 5}.5e-200\n" for i in range(40))
    status, out, _ = train(capsys, f"x,y\n{rows}", "--target", "y", "--epochs", "1")
    assert status == 0
    assert "nan" not in out.replace("model is", "")
    assert "inf" not in out


def test_what_cannot_be_written_is_refused_before_the_training(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = train(capsys, moons(), "--target", "class", "--out", ".")
    assert (status, out) == (2, "")
    assert err == "chainrule train: . is there and is not a file\n"


def test_an_error_in_the_training_names_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = train(capsys, moons(), "--target", "class", "--activation", "log")
    line, message = err.rpartition("t.csv, line ")[2].split(": ", 1)
    assert 2 <= int(line) <= 201
    assert message.startswith("numbers are no longer finite in epoch 1: use a smaller learning rate, --lr, or another")


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("", "--target y", "t.csv is empty"),
        ("x,y\n1,a\n2,b\n", "--target z", "t.csv has no column 'z'"),
        ("x,y\n1,a\n2,b\n", "--target y --ignore z", "t.csv has no column 'z'"),
        ("x,y\n1,a\n2,b\n", "--target y --category z", "t.csv has no column 'z'"),
        ("x,y\n1,a\n2,b\n", "--target y --ignore y", "y is to be learned: it cannot be in --ignore"),
        ("x,y\n1,?\n2,\n", "--target y", "t.csv: no row has a value of y, which is to be learned"),
        ("y\na\nb\na\n", "--target y", "t.csv has no column to learn from"),
        ("x,y\n1,a\n1,b\n1,b\n", "--target y", "t.csv has no column to learn from\n  x: left out: always 1"),
        ("x,y\n1,0\n2,1\n", "--target y", "0.2 of 2 samples leaves none to test on: give another --held-out, or 0 to"),
        ("x,y\n1,a\nold,b\n3,b\n", "--target y", "t.csv, line 3, column 'x': 'old' is not a number"),
        ("x,y\n1,\nold,b\n3,b\n4,a\n", "--target y", "t.csv, line 3, column 'x': 'old' is not a number"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --regression", "t.csv, line 2, column 'y': 'a' is not a number"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --out t.csv", "--out is t.csv itself, which would be lost"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --out no/m.json", "to write m.json to"),
        (
            "x,y\n1,a\n2,b\n1,b\n",
            "--target y --hidden 9,1000000",
            "a model of 1 × 9 × 1000000 × 2 has 11,000,009 weights",
        ),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --activation no", "activation must be a function of one number, a name"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --held-out 0.4 --lr 1e308", "use a smaller learning rate"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --held-out 0 --activation log", "no longer finite in epoch 1: use"),
        ("x,y\n1,a\n2,b\n1,b\n", "--target y --out .", ". is there and is not a file"),
        ("x|y\n1|a\n2|b\n1|b\n", "--target y", "x|y; cells are divided by commas, semicolons or tabs"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], text: str, words: str, wanted: str) -> None:
    status, _, err = train(capsys, text, *words.split())
    assert status == 2
    message = err[err.rindex("chainrule train: ") :]
    assert wanted in message
    assert "Traceback" not in err
    assert not Path("model.json").exists()


def test_what_is_printed_has_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "1,a\x1b[2J\n2,b\n0,b\n" * 7
    status, out, _ = train(capsys, f"x\x1b[31m,y\x07\n{rows}", "--target", "y\x07", "--epochs", "1")
    assert status == 0
    assert out.replace("\n", "").isprintable()
    assert "x\\x1b[31m  numbers from 0 to 2" in out


@pytest.mark.parametrize(
    "words",
    ["", "--target y --hidden a", "--target y --hidden 8,0", "--target y --held-out 1", "--target y --held-out nan",
     "--target y --classification --regression", "--target y --epochs 0"],
)  # fmt: skip
def test_usage(words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "t.csv", *words.split()])
    assert caught.value.code == 2
