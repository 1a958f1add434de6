"""Models in JSON files: what comes back, what a file looks like, and files that are broken or hostile."""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, op, sin
from nn.saving.checkpoint import ModelFileError, flatten, nest, read_about

cube = op("cube", lambda x: x**3, lambda x, y: [3 * x * x])
impostor = op("tanh", lambda x: x, lambda x, y: [1.0])  # of the name of another


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope, self.offset = Value(2.0), Value(1.0)
        self.table = {"a": [Value(3.0), Value(4.0)], "b c": np.array([[Value(5.0)]])}


def small() -> nn.MLP:
    return nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))


def changed() -> list[nn.Module]:
    tied, mixed, longer, other, emptied, none = small(), small(), small(), small(), nn.Embedding(1, 1), nn.Neuron(1)
    tied.layers[0].neurons[1].w[0] = tied.layers[0].neurons[0].w[0]
    mixed.layers[0].neurons[1].activation = sin
    longer.extra = Value(3.0)
    other.layers.append(Line())
    emptied.table, none.w = [], []
    return [tied, mixed, longer, other, emptied, none]


def looped() -> dict[str, Any]:
    about: dict[str, Any] = {}
    about["again"] = about
    return about


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.json"


class TestWhatComesBack:
    @pytest.mark.parametrize(
        ("model", "signals"),
        [
            (small(), [0.3, -1.2]),
            (nn.MLP(1, [1]), [0.3]),
            (nn.MLP(np.int64(2), [np.int64(3)], activation="leaky_relu"), [0.3, -1.2]),
            (nn.MLP(3, (2, 2), activation=sin), [0.3, -1.2, 2.0]),
            (nn.Layer(2, 3, activation="gelu"), [0.3, -1.2]),
            (nn.Layer(2, 1, nonlin=False), [0.3, -1.2]),
            (nn.Neuron(4, activation=None), [0.3, -1.2, 2.0, 0.7]),
            (nn.Neuron(1, activation="abs"), [0.3]),
            (nn.Embedding(3, 2), 1),
        ],
    )
    def test_models_of_nn(self, path: Path, model: Any, signals: Any) -> None:
        model.save(path)
        again = nn.load(str(path))
        assert type(again) is type(model)
        assert repr(again) == repr(model)
        assert again.state_dict() == model.state_dict()
        assert repr(again(signals)) == repr(model(signals))

    def test_a_loaded_model_has_the_names_of_a_new_one(self, path: Path) -> None:
        small().save(path)
        assert [(p.label, p.scope) for p in nn.load(path).parameters()] == [
            (p.label, p.scope) for p in small().parameters()
        ]

    def test_activations_layer_by_layer(self, path: Path) -> None:
        model = small()
        model.layers[-1].neurons[0].activation = sin
        model.save(path)
        assert [layer.neurons[0].activation.name for layer in nn.load(path).layers] == ["tanh", "sin"]

    @pytest.mark.slow
    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
    def test_floats_are_exact(self, tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
        path = tmp_path_factory.getbasetemp() / "exact.json"
        neuron = nn.Neuron(2)
        neuron.load_state_dict(dict(zip(neuron.state_dict(), numbers)))
        neuron.save(path)
        assert [p.data.hex() for p in nn.load(path).parameters()] == [x.hex() for x in numbers]

    def test_the_generator_of_the_user_is_left_alone(self, path: Path) -> None:
        before = random.getstate()
        model = nn.MLP(2, [2], rng=random.Random(0))
        model.save(path)
        nn.load(path)
        assert random.getstate() == before

    def test_what_a_file_looks_like(self, path: Path) -> None:
        model = nn.MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
        for i, p in enumerate(model.parameters()):
            p.data = i / 8
        nn.save(model, path, about={"classes": ["no", "größer"], "rows": [[1.0, 2.0], [3.0, 4.0]], "n": 3})
        assert (
            path.read_text(encoding="utf-8")
            == """\
{
  "format": "chainrule model",
  "version": 1,
  "architecture": {"class": "MLP", "nin": 2, "nouts": [2, 1], "activations": ["tanh", null]},
  "about": {
    "classes": ["no", "größer"],
    "rows": [[1.0, 2.0], [3.0, 4.0]],
    "n": 3
  },
  "parameters": {
    "layers": [
      {
        "neurons": [
          {"w": [0.0, 0.125], "b": 0.25},
          {"w": [0.375, 0.5], "b": 0.625}
        ]
      },
      {
        "neurons": [
          {"w": [0.75, 0.875], "b": 1.0}
        ]
      }
    ]
  }
}
"""
        )


class TestModelsOfYourOwn:
    def test_into_a_model(self, path: Path) -> None:
        one, two = Line(), Line()
        one.slope.data = 7.5
        one.save(path)
        assert nn.load(path, into=two) is two
        assert two.state_dict() == one.state_dict()
        assert json.loads(path.read_text())["architecture"] == {"own class": "Line"}

    def test_without_a_model_it_says_what_to_do(self, path: Path) -> None:
        Line().save(path)
        message = r"m\.json: cannot rebuild 'Line': .*; create the model and call load\(path, into=model\)"
        with pytest.raises(ModelFileError, match=message):
            nn.load(path)

    @pytest.mark.parametrize("activation", [cube, impostor, lambda v: v.tanh()], ids=["op", "impostor", "lambda"])
    def test_an_activation_of_your_own_needs_one_too(self, path: Path, activation: Callable[[Value], Value]) -> None:
        model = nn.MLP(2, [3, 1], activation=activation, rng=random.Random(0))
        model.save(path)
        with pytest.raises(ModelFileError, match="cannot rebuild 'MLP'"):
            nn.load(path)
        again = nn.load(path, into=nn.MLP(2, [3, 1], activation=activation))
        assert again([1.0, 2.0]).data == model([1.0, 2.0]).data

    @pytest.mark.parametrize("model", changed(), ids=["tied", "mixed", "longer", "other", "emptied", "none"])
    def test_models_that_were_changed_need_one_too(self, path: Path, model: nn.Module) -> None:
        model.save(path)
        with pytest.raises(ModelFileError, match="cannot rebuild"):
            nn.load(path)
        before = model.state_dict()
        for p in model.parameters():
            p.data = 0.0
        assert nn.load(path, into=model).state_dict() == before

    def test_a_subclass_is_your_own(self, path: Path) -> None:
        class Mine(nn.MLP):
            pass

        Mine(2, [1]).save(path)
        with pytest.raises(ModelFileError, match="'Mine'"):
            nn.load(path)

    def test_what_does_not_fit_into_the_model(self, path: Path) -> None:
        small().save(path)
        for model, message in (
            (
                nn.MLP(2, [3, 1]),
                r"architecture\.activations must be \['relu', None\], as in the model to load into, got \['tanh', None\]",
            ),
            (nn.MLP(2, [4, 1], activation="tanh"), r"architecture\.nouts must be \[4, 1\], as in .*, got \[3, 1\]"),
            (nn.Neuron(2), r"architecture\.class must be 'Neuron', as in .*, got 'MLP'"),
            (
                Line(),
                r"m\.json: state does not match the model: missing slope, offset, table\.a\.0 and 2 more; unexpected layers",
            ),
        ):
            before = model.state_dict()
            with pytest.raises(ModelFileError, match=message):
                nn.load(path, into=model)
            assert model.state_dict() == before
        with pytest.raises(TypeError, match=r"into must be a Module, such as .*, got str"):
            nn.load(path, into="model")


class TestNames:
    @pytest.mark.parametrize(
        ("state", "tree"),
        [
            ({"a": 1.0}, {"a": 1.0}),
            ({"a.0": 1.0, "a.1": 2.0}, {"a": [1.0, 2.0]}),
            ({"a.1": 1.0}, {"a": {"1": 1.0}}),
            ({"a.1": 1.0, "a.0": 2.0}, {"a": {"1": 1.0, "0": 2.0}}),
            ({"0": 1.0, "1": 2.0}, {"0": 1.0, "1": 2.0}),
            ({"a": 1.0, "a.b": 2.0}, {"a": 1.0, "a.b": 2.0}),
            ({"a.": 1.0, "a.b c": 2.0}, {"a": {"": 1.0, "b c": 2.0}}),
            ({}, {}),
        ],
    )
    def test_they_are_paths(self, state: dict[str, float], tree: dict[str, Any]) -> None:
        assert nest(state) == tree
        assert flatten(tree) == state

    @pytest.mark.slow
    @given(st.dictionaries(st.text("ab01.", min_size=1), st.floats(-9, 9)))
    def test_any_names_come_back(self, state: dict[str, float]) -> None:
        state = {name: x for name, x in state.items() if not name.startswith(".")}
        assert flatten(json.loads(json.dumps(nest(state)))) == state

    def test_deep_models(self, path: Path) -> None:
        class Link(nn.Module):
            def __init__(self, depth: int) -> None:
                self.p = Value(float(depth))
                self.next = Link(depth - 1) if depth else None

        model = Link(100)
        model.save(path)
        assert nn.load(path, into=Link(100)).state_dict() == model.state_dict()


class TestAbout:
    def test_any_json_data(self, path: Path) -> None:
        about = {
            "columns": ["a", "ü", ""],
            "scale": {"mean": -0.0, "n": 10**30},
            "none": [None, True, [], {}],
            "b c": "\n",
        }
        small().save(path, about=about)
        assert read_about(path) == about
        assert nn.load(path).state_dict() == small().state_dict()
        small().save(path)
        assert read_about(path) == {}
        small().save(path, about={"shape": (2, 3)})
        assert read_about(path) == {"shape": [2, 3]}

    @pytest.mark.parametrize(
        ("about", "message"),
        [
            ([1], r"about must be a dict, got \[1\]"),
            ({"a": [0.5, math.nan]}, r"about\.a\.1 must be a finite number, .*, got nan"),
            ({"a b": {"c": math.inf}}, r"about\.a b\.c must be a finite number, .*, got inf"),
            ({"a": {1: 2}}, "a key of about.a must be text in UTF-8, got 1"),
            ({"a": "\ud800"}, "about.a must be a finite number, text in UTF-8, .*, got "),
            (
                {"a": np.int64(3)},
                r"about\.a must be a finite number, text in UTF-8, True, False, None, or lists and dicts of these, got np.int64",
            ),
            ({"a": {1, 2}}, "got {1, 2}"),
            ({"a": 10**309}, "about.a must be a finite number, .*, got 1000"),
            (looped(), r"about\.again.* must be nested at most 64 levels deep"),
        ],
        ids=lambda x: type(x).__name__,
    )
    def test_what_is_refused(self, path: Path, about: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            small().save(path, about=about)
        assert not path.exists()

    def test_of_a_file_it_is_checked_as_well(self, path: Path) -> None:
        small().save(path, about={"a": 1})
        good = path.read_text()
        for there, then, message in (
            ('{"a": 1}', '{"a": 1e999}', r"m\.json: about\.a must be a finite number, .*, got inf"),
            ('{"a": 1}', "[]", r"m\.json: about must be a dict, got \[\]"),
            ('{"a": 1}', '{"a": "\\ud800"}', r"about\.a must be a finite number, text in UTF-8, .*, got '\\ud800'"),
        ):
            path.write_text(good.replace(there, then))
            for read in (read_about, nn.load):
                with pytest.raises(ModelFileError, match=message):
                    read(path)


class TestSaving:
    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_numbers_that_are_not_finite(self, path: Path, number: float) -> None:
        small().save(path)
        before = path.read_bytes()
        model = small()
        model.layers[0].neurons[2].w[1].data = number
        message = rf"each parameter must be finite to be saved, got layers\.0\.neurons\.2\.w\.1 = {number}"
        with pytest.raises(ValueError, match=message):
            model.save(path)
        assert path.read_bytes() == before

    def test_only_models(self, path: Path) -> None:
        with pytest.raises(TypeError, match="model must be a Module, such as .*, got str"):
            nn.save("m.json", small())


Change = Callable[[dict[str, Any]], object]


def at(*keys: Any, put: Any = None) -> Change:
    """Return a change of a document: `put` at the place of the keys; without it, what is there goes away."""

    def change(document: Any) -> None:
        *path, last = keys
        for key in path:
            document = document[key]
        if put is None:
            del document[last]
        else:
            document[last] = put

    return change


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "this is not JSON, or only a part of it: Expecting value: line 1 column 1"),
            (b" \n", "this is not JSON, or only a part of it: Expecting value: line 2 column 1"),
            (b"\xff\xfe{", "this is not JSON, or only a part of it: 'utf-8' codec .* position 0"),
            (b"model", "this is not JSON, or only a part of it: Expecting value: line 1 column 1"),
            (b"[1, 2", "this is not JSON, or only a part of it: .* line 1 column 6"),
            (b"\x80\x04\x95", "this is not JSON, or only a part of it: 'utf-8' codec"),
            (b"[]", 'this is not a model: it must be an object with "format": "chainrule model"'),
            (b"null", "this is not a model"),
            (b"NaN", "this is not a model"),
            (b'{"format": "another"}', "this is not a model"),
            (b'{"format": ["chainrule model"]}', "this is not a model"),
            (b"[" * 100_000, "JSON must be nested at most 64 levels deep"),
            (b'{"a":' * 100_000, "at most 64 levels deep"),
            (b"[" * 200 + b"]" * 200, "this is not a model"),
            (b"9" * 1_000_000, "this is not a model"),
            (b'{"format": 1, "format": 2}', "the key 'format' is repeated in one object"),
            (b'{"' + b"k" * 5000 + b'": 1, "' + b"k" * 5000 + b'": 2}', r"the key 'k+\.\.\.k+' is repeated"),
            (b'{"format": "chainrule model"}', "version must be a whole number, got NoneType: None"),
            (
                b'{"format": "chainrule model", "version": true}',
                "version must be a whole number, got bool: True",
            ),
            (
                b'{"format": "chainrule model", "version": 2, "x": 1}',
                "version must be at most 1, got 2: install a newer chainrule",
            ),
            (b'{"format": "chainrule model", "version": 1}', "the file lacks the key architecture"),
        ],
        ids=lambda x: str(x[:20]),
    )
    def test_content_that_is_no_model(self, path: Path, content: bytes, message: str) -> None:
        path.write_bytes(content)
        for read in (nn.load, read_about):
            with pytest.raises(ModelFileError, match=rf"m\.json: .*{message}"):
                read(path)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                at("hidden", put=1),
                "the file has the unknown key 'hidden'; its keys are format, version, architecture, parameters, about",
            ),
            (
                at("architecture", put=[1]),
                r"architecture must be an object, got \[1\]",
            ),
            (
                at("architecture", "class"),
                r"architecture\.class must be one of MLP, Layer, Neuron, Embedding, got None",
            ),
            (
                at("architecture", "class", put="os.system"),
                r"architecture\.class must be one of MLP, Layer, Neuron, Embedding, got 'os.system'",
            ),
            (at("architecture", "class", put=["MLP"]), r"architecture\.class must be one of .*, got \['MLP'\]"),
            (at("architecture", "class", put="Layer"), "architecture lacks the key nout"),
            (at("architecture", "nin"), "architecture lacks the key nin"),
            (at("architecture", "nin", put=0), "architecture: nin must be at least 1, got 0"),
            (at("architecture", "nin", put=True), "architecture: nin must be a whole number, got bool: True"),
            (at("architecture", "nin", put=2.0), r"architecture: nin must be a whole number, got float: 2\.0"),
            (at("architecture", "nin", put="2"), "architecture: nin must be a whole number, got str: '2'"),
            (
                at("architecture", "nin", put=10**12),
                "architecture: sizes must fit the 13 parameters in the file",
            ),
            (
                at("architecture", "nin", put=10**200),
                "architecture: sizes must fit the 13 parameters in the file",
            ),
            (
                at("architecture", "nouts", put=[]),
                r"architecture: nouts must be a non-empty list of layer widths, got \[\]",
            ),
            (at("architecture", "nouts", put=3), "architecture: nouts must be a non-empty list of layer widths, got 3"),
            (
                at("architecture", "nouts", 1, put=-3),
                "architecture: nout must be at least 1, got -3",
            ),
            (
                at("architecture", "nouts", 0, put=10**12),
                "architecture: sizes must fit the 13 parameters in the file",
            ),
            (
                at("architecture", "nouts", put=[3, 1, 1]),
                "architecture: activations must be a list with an item for each layer, got",
            ),
            (
                at("architecture", "activations", 0, put="tanhh"),
                "architecture: activation must be .*, got 'tanhh'; did you mean \"tanh\"?",
            ),
            (
                at("architecture", "activations", 0, put="dot"),
                "architecture: activation must be .*, got 'dot'",
            ),
            (at("architecture", "activations", 0, put="compile"), "got 'compile'"),
            (at("architecture", "activations", 0, put=["tanh"]), r"got \['tanh'\]"),
            (
                at("architecture", "own class", put="Line"),
                "cannot rebuild 'Line'",
            ),
            (at("architecture", put={"own class": 3}), "cannot rebuild 3"),
            (
                at("architecture", "a b\n", put=3),
                r"architecture has the unknown key 'a b\\n'; its keys are class, nin",
            ),
            (at("parameters", put=[1.0]), r"parameters must be an object, got \[1\.0\]"),
            (at("parameters", put={}), r"missing layers\.0\.neurons\.0\.w\.0, .* and 10 more"),
            (at("parameters", "layers", 1), r"missing layers\.1\.neurons\.0\.w\.0"),
            (
                at("parameters", "layers", put={"0": {}}),
                r"parameters\.layers must be a list, got {'0': {}}",
            ),
            (at("parameters", "layers", 0, "neurons", 1), r"missing layers\.0\.neurons\.2\.w\.0"),
            (at("parameters", "layers", 0, "neurons", 1, "b"), r"missing layers\.0\.neurons\.1\.b"),
            (
                at("parameters", "layers", 0, "neurons", 1, "c", put=1),
                r"unexpected layers\.0\.neurons\.1\.c",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "b", put="0.5"),
                r"neurons\.1\.b must be a finite number, got '0\.5'",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "b", put=[0.5]),
                r"missing layers\.0\.neurons\.1\.b",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "b", put=False),
                r"neurons\.1\.b must be a finite number, got False",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "b", put=math.nan),
                r"neurons\.1\.b must be a finite number, got nan",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "w", 0, put=-math.inf),
                r"neurons\.1\.w\.0 must be a finite number, got -inf",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "w", 0, put=10**320),
                r"neurons\.1\.w\.0 must be a finite number, got inf",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "w", 0),
                r"missing layers\.0\.neurons\.1\.w\.1",
            ),
            (
                at("parameters", "layers", 0, "neurons", 1, "w", 0, put=[[[1]]]),
                r"missing layers\.0\.neurons\.1\.w\.0",
            ),
        ],
    )
    def test_a_field_that_is_wrong_is_named_with_its_place(self, path: Path, change: Change, message: str) -> None:
        small().save(path)
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        with pytest.raises(ModelFileError, match=rf"m\.json: .*{message}"):
            nn.load(path)

    @pytest.mark.parametrize(
        ("model", "change", "message"),
        [
            (nn.Layer(2, 3), at("architecture", "nout", put=4), r"missing neurons\.3\.w\.0"),
            (nn.Neuron(2), at("architecture", "nin", put=10**15), "architecture: sizes must fit the 3 parameters in the file"),
            (nn.Neuron(2), at("architecture", put={"class": "Neuron", "nin": 2}), "architecture lacks the key activation"),
            (nn.Embedding(3, 2), at("architecture", "count", put=10**15), "architecture: sizes must fit the 6 parameters in the file"),
            (nn.Embedding(3, 2), at("architecture", "width", put=3), r"missing table\.0\.2"),
            (nn.Embedding(3, 2), at("parameters", "table", 1, put={"0": 1.0, "1": 2.0}), r"parameters\.table\.1 must be a list, got {'0': 1\.0, '1': 2\.0}"),
        ],
    )  # fmt: skip
    def test_of_every_class(self, path: Path, model: nn.Module, change: Change, message: str) -> None:
        model.save(path)
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        with pytest.raises(ModelFileError, match=rf"m\.json: .*{message}"):
            nn.load(path)

    def test_numbers_that_are_too_large(self, path: Path) -> None:
        neuron = nn.Neuron(1)
        neuron.b.data = 0.125
        neuron.save(path)
        good = path.read_text()
        for number in ("1e999", "-1e999", "9" * 400, "9" * 100_000, "NaN", "Infinity", "-Infinity"):
            path.write_text(good.replace("0.125", number))
            with pytest.raises(
                ModelFileError, match=r"m\.json: the parameter b must be a finite number, got -?(inf|nan)"
            ):
                nn.load(path)
        path.write_text(good.replace("0.125", "1" + "0" * 100))
        assert nn.load(path).b.data == 1e100

    def test_depth_and_names_of_the_parameters(self, path: Path) -> None:
        Line().save(path)
        document = json.loads(path.read_text())
        deep: Any = 1.0
        for _ in range(80):
            deep = [deep]
        for parameters, message in (
            ({"slope": deep}, r"parameters\.slope\.0.* must be nested at most 64 levels deep"),
            ({"a.b": 1.0, "a": {"b": 1.0}}, "parameters must have different names, got 'a.b' twice"),
            ([1.0], r"parameters must be an object, got \[1\.0\]"),
            ({"slope": 1.0}, r"missing offset, table\.a\.0, table\.a\.1 and 1 more"),
            ({**document["parameters"], "slope": None}, r"the parameter slope must be a finite number, got None"),
        ):
            path.write_text(json.dumps({**document, "parameters": parameters}))
            model = Line()
            with pytest.raises(ModelFileError, match=message):
                nn.load(path, into=model)
            assert model.state_dict() == Line().state_dict()

    def test_a_file_cut_off_anywhere(self, path: Path) -> None:
        nn.Neuron(1).save(path, about={"ü": 1})
        content = path.read_bytes()
        for n in range(len(content) - 2):
            path.write_bytes(content[:n])
            with pytest.raises(ModelFileError, match=r"m\.json: "):
                nn.load(path)

    @pytest.mark.slow
    @given(st.data())
    def test_a_file_with_any_bytes_changed(self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
        path = tmp_path_factory.getbasetemp() / "fuzz.json"
        nn.Layer(1, 2, rng=random.Random(0)).save(path)
        content = bytearray(path.read_bytes())
        for i in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
            content[i : i + data.draw(st.integers(0, 3))] = data.draw(
                st.sampled_from([b"", b"9", b"e9", b"-", b"[", b'"', b"null", b",", b"\xff"])
            )
        path.write_bytes(content)
        try:
            model = nn.load(path)
        except ModelFileError:
            return
        assert all(math.isfinite(p.data) for p in model.parameters())

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        for read in (nn.load, read_about):
            with pytest.raises(ModelFileError, match="the path must be a file, got a folder or a device"):
                read(tmp_path)
            with pytest.raises(FileNotFoundError):
                read(tmp_path / "none.json")

    def test_nothing_is_imported_by_a_name_in_a_file(self, path: Path) -> None:
        small().save(path)
        before = set(sys.modules)
        for name in ("this", "os.system", "autograd.testing", "derive", "explore"):
            for keys in (("architecture", "class"), ("architecture", "activations", 0)):
                document = json.loads(path.read_text())
                at(*keys, put=name)(document)
                other = path.with_name("other.json")
                other.write_text(json.dumps(document))
                with pytest.raises(ModelFileError):
                    nn.load(other)
        assert set(sys.modules) == before
