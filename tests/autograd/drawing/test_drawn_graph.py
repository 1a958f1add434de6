"""Test `draw`: every output format, scopes, collapsing, hostile labels, invalid options."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, derive, draw, op, relu, scope, tanh, total
from autograd.backpropagation import topological
from autograd.drawing import graphviz_layout
from autograd.drawing.grouping import full_scopes, nearest
from tests.autograd.drawing.test_digraph import HOSTILE, without_dot  # noqa: F401 - a fixture

SVG = "{http://www.w3.org/2000/svg}"


def example() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    d = c + a
    loss = d**2
    c.label, d.label, loss.label = "c", "d", "L"
    loss.backward()
    return loss, a, c


def network(samples: int = 1) -> tuple[Value, nn.MLP]:
    model = nn.MLP(3, [4, 2], activation="tanh", rng=random.Random(0))
    outputs = [model([0.1, 0.2 * i, 0.3]) for i in range(samples)]
    return nn.cross_entropy(outputs, [0] * samples), model


def texts(svg: str) -> list[str]:
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    return [e.text for e in ET.fromstring(svg).iter(f"{SVG}title")]


class TestForms:
    def test_text_shows_what_is_shared_once(self) -> None:
        loss, _, _ = example()
        assert draw(loss).to_text().splitlines() == [
            "L = d²  data 16  grad 1",
            "└─ d = c + a  data -4  grad -8",
            "   ├─ c = a·b  data -6  grad -8",
            "   │  ├─ a  data 2  grad 16",
            "   │  └─ b  data -3  grad -16",
            "   └─ a",
        ]
        x = Value(1.0, "x")
        y = x.tanh()
        assert "└─ v1  (see above)" in repr(draw(y.exp() * y))
        assert "└─ 2 × x" in repr(draw(x * x))

    def test_svg_has_ids_titles_labels_and_both_themes(self) -> None:
        loss, _, _ = example()
        tree = ET.fromstring(draw(loss).to_svg())
        boxes = {e.get("id"): e for e in tree.iter(f"{SVG}g") if "node" in e.get("class", "")}
        assert list(boxes) == ["n0", "n1", "n2", "n3", "n4"] or set(boxes) == {"n0", "n1", "n2", "n3", "n4"}
        assert boxes["n0"].get("aria-label") == "a, data 2, grad 16"
        assert boxes["n3"].find(f"{SVG}title").text == "d = c + a, data -4, grad -8"
        assert [text.get("class") for text in boxes["n0"].iter(f"{SVG}text")] == ["title", "data", "grad"]
        assert {e.get("id") for e in tree.iter(f"{SVG}g") if "edge" in e.get("class", "")} == {
            "n0-n2",
            "n1-n2",
            "n2-n3",
            "n0-n3",
            "n3-n4",
        }
        assert "prefers-color-scheme: dark" in tree.find(f"{SVG}style").text
        assert tree.get("aria-label") == "Computation graph of L = d²: 5 nodes"

    def test_the_same_picture_every_time(self) -> None:
        loss, _ = network(4)
        assert draw(loss).to_dot() == draw(loss).to_dot()
        assert draw(network(40)[0]).to_mermaid() == draw(network(40)[0]).to_mermaid()

    def test_mermaid(self) -> None:
        loss, a, _ = example()
        text = draw(loss, highlight=a, direction="TB").to_mermaid()
        assert text.startswith("flowchart TB\n")
        assert '    n0("a<br>data 2<br>grad 16"):::leaf' in text
        assert "    n0 --> n2\n    linkStyle 0 stroke-width:3px" in text
        assert "1 -->|2×|" in draw(a * a + 1).to_mermaid() or "n0 -->|2×| n1" in draw(a * a + 1).to_mermaid()

    @pytest.mark.slow
    @pytest.mark.parametrize("label", HOSTILE, ids=lambda s: ascii(s)[:20])
    def test_labels_are_shown_as_they_are(self, label: str) -> None:
        a = Value(1.0, label)
        with scope(label or "x"):
            graph = draw(a * 2)
        svg = graph.to_svg()
        wanted = " ".join("".join(c if c.isprintable() else " " for c in label).split())
        shown = [text for text in texts(svg) if "".join(text.split()).startswith("".join(wanted.split())[:20])]
        assert shown
        assert any(wanted in title for title in titles(svg))
        assert {e.tag for e in ET.fromstring(svg).iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "style", "g", "title", "text", "path", "polygon", "polyline")
        }
        assert not re.search(r'"[^"]*(script>|<b>|onerror)[^"]*"', graph.to_mermaid().replace("<br>", ""))

    def test_files(self, tmp_path: Path) -> None:
        loss, _, _ = example()
        graph = draw(loss)
        for name, start in {
            "a.svg": b"<svg", "a.png": b"\x89PNG", "a.dot": b"digraph", "a.mmd": b"flowchart", "a.html": b"<!doctype html>", "a.txt": "L = d²".encode(), "B.SVG": b"<svg",
        }.items():  # fmt: skip
            assert graph.save(tmp_path / name).read_bytes().startswith(start)
        with pytest.raises(ValueError, match=r"must be one of \.svg, \.png, .*; got 'a\.jpg'"):
            graph.save(tmp_path / "a.jpg")

    def test_in_a_notebook(self) -> None:
        shown = draw(example()[0])._repr_mimebundle_()
        assert shown["image/svg+xml"].startswith("<svg")
        assert shown["text/plain"].startswith("L = d²")

    @pytest.mark.usefixtures("without_dot")
    def test_without_any_layout_program_the_tree_is_left(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        assert draw(example()[0]).to_svg().startswith("<svg"), "what came with the package draws"
        monkeypatch.setattr(graphviz_layout.sysconfig, "get_path", lambda name: str(tmp_path))
        shown = draw(example()[0])._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert "pip install graphviz-pure" in shown["text/plain"]
        assert draw(example()[0]).to_dot().startswith("digraph")


class TestOptions:
    def test_numbers_and_digits(self) -> None:
        x = Value(1 / 3, "x")
        assert draw(x, digits=2).to_text() == "x  data 0.33  grad 0"
        assert draw(x, show=["grad"]).to_text() == "x  grad 0"
        assert draw(x, show=[]).to_text() == "x"
        assert texts(draw(x, show=[]).to_svg()) == ["x"]
        assert draw(Value(float("nan"), "x") * 1).to_text().splitlines()[1] == "└─ x  data nan  grad 0"

    def test_numbers_are_those_at_the_time_of_drawing(self) -> None:
        loss, a, _ = example()
        graph = draw(loss)
        a.grad = 99.0
        assert "grad 99" not in graph.to_text()

    def test_around_a_node(self) -> None:
        loss, _, c = example()
        near = draw(loss, around=c, radius=1)
        assert {box.title.partition(" ")[0] for box in near.picture.boxes} == {"a", "b", "c", "d"}
        assert near.picture.note == "showing 4 of 5 nodes"
        assert [box.title for box in near.picture.boxes if box.marked] == ["c = a·b"]
        assert (
            draw(loss, radius=1).to_text()
            == "L = d²  data 16  grad 1\n└─ d = c + a  data -4  grad -8\n   └─ …\nshowing 2 of 5 nodes"
        )
        assert len(draw(loss, around=c).picture.boxes) == 5
        assert len(draw(loss, radius=0).picture.boxes) == 1
        assert "…" in texts(draw(loss, radius=1).to_svg())
        assert ":::cut" in draw(loss, radius=1).to_mermaid()

    def test_around_a_leaf_every_reader_has_a_tree(self) -> None:
        x = Value(1.0, "x")
        y = total([x.tanh(), x.exp()])
        assert draw(y, around=x, radius=1).to_text().splitlines() == [
            "v2 = exp(x)  data 2.718  grad 0",
            "└─ x  data 1  grad 0",
            "v1 = tanh(x)  data 0.7616  grad 0",
            "└─ x",
            "showing 3 of 4 nodes",
        ]

    def test_highlighted_paths(self) -> None:
        loss, a, _ = example()

        def marked(**options: Any) -> set[str]:
            return {f"{edge.source.id}-{edge.target.id}" for edge in draw(loss, **options).picture.edges if edge.marked}

        assert marked(highlight=a) == {"n0-n2", "n2-n3", "n0-n3", "n3-n4"}
        first, second = derive(loss, a).paths
        assert marked(highlight=second.nodes) == {"n0-n3", "n3-n4"}
        assert marked(highlight=first.nodes) == {"n0-n2", "n2-n3", "n0-n3", "n3-n4"}
        assert marked() == set()
        assert "marked" in draw(loss, highlight=a).to_svg()

    def test_directions(self) -> None:
        loss, _, _ = example()
        for direction in ("LR", "RL", "TB", "BT"):
            assert f"rankdir={direction}" in draw(loss, direction=direction).to_dot()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"direction": "up"}, 'direction must be "LR", "RL", "TB" or "BT", got \'up\''), ({"show": ["data", "partials"]}, "show must be a list"), ({"show": "data"}, "show must be a list"), ({"show": None}, "show must be a list"),
            ({"digits": 0}, "digits must be an integer of at least 1, got 0"), ({"limit": 2.5}, "limit must be an integer"), ({"radius": -1}, "radius must be an integer of at least 0"),
            ({"depth": True}, "depth must be an integer"), ({"around": Value(1.0)}, r"around must be a node in the graph of .*, got Value"), ({"highlight": [Value(1.0, "stranger")]}, "highlight must contain nodes of the graph, got .*stranger"),
            ({"highlight": Value(1.0, "stranger")}, "highlight must contain nodes of the graph, got .*stranger"),
        ],
    )  # fmt: skip
    def test_what_makes_no_sense(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            draw(example()[0], **options)

    def test_wrong_types(self) -> None:
        with pytest.raises(TypeError, match="^root must be a Value, got a number"):
            draw(2.0)
        with pytest.raises(TypeError, match="around"):
            draw(example()[0], around="a")
        with pytest.raises(TypeError, match="^each node in highlight must be a Value, got a str"):
            draw(example()[0], highlight=["a"])
        with pytest.raises(TypeError, match="^each node in highlight must be a Value, got a number"):
            draw(example()[0], highlight=3)


class TestScopes:
    def test_layers_and_neurons_are_clusters(self) -> None:
        model = nn.MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
        x = [Value(1.0, "x0"), Value(2.0, "x1")]
        loss = (model(x) - 1) ** 2
        found = full_scopes(topological([loss]))
        assert found[loss] == ()
        assert found[x[0]] == ()
        assert found[model.layers[0].neurons[1].w[0]] == ("layer 0", "neuron 1")
        adders = {node.op.name: scopes for node, scopes in found.items() if node.op and scopes[:1] == ("layer 0",)}
        assert set(adders) == {"dot", "tanh"}, "a neuron is its adder and its activation"
        shown = texts(draw(loss).to_svg())
        assert [shown.count(name) for name in ("layer 0", "layer 1", "neuron 0", "neuron 1")] == [1, 1, 2, 1]
        assert 'subgraph s1["layer' in draw(loss).to_mermaid()

    def test_depth_opens_levels(self) -> None:
        loss, _ = network()
        assert {box.title for box in draw(loss, depth=0).picture.boxes if box.kind == "group"} == {"layer 0", "layer 1"}
        one = draw(loss, depth=1)
        assert [box.title for box in one.picture.boxes if box.kind == "group"].count("neuron 0") == 2
        assert {box.scope for box in one.picture.boxes} == {(), ("layer 0",), ("layer 1",)}
        assert one.picture.note == f"showing {len(one.picture.boxes)} of 39 nodes"
        assert draw(loss, depth=5).picture.note == ""
        assert "holds 16 parameters, 8 nodes" in draw(loss, depth=0).to_text()

    def test_own_scopes_hold_what_nn_makes(self) -> None:
        model = nn.MLP(2, [2, 1], rng=random.Random(0))
        with scope("encoder"):
            y = model([1.0, 2.0])
        found = full_scopes(topological([y * 2]))
        assert found[y] == ("encoder", "layer 1", "neuron 0")
        assert found[model.layers[0].neurons[0].b] == ("encoder", "layer 0", "neuron 0")

    def test_parameters_shared_between_scopes_are_outside(self) -> None:
        neuron = nn.Neuron(1, rng=random.Random(0))
        neuron.b.scope = ("neuron",)
        with scope("first"):
            a = neuron([1.0])
        with scope("second"):
            b = neuron([2.0])
        assert full_scopes(topological([a + b]))[neuron.b] == ()

    def test_a_value_read_elsewhere_is_no_activation(self) -> None:
        w = Value(2.0, "w")
        w.scope = ("part",)
        h = w * 3
        y = tanh(h) + h
        found = full_scopes(topological([y]))
        assert (found[h], found[y]) == (("part",), ())
        assert found[y.inputs[0]] == (), "what two nodes read is a result of the part, not inside it"


class TestLargeGraphs:
    @pytest.mark.slow
    def test_a_batch_is_collapsed_to_layers(self) -> None:
        model = nn.MLP(64, [32, 10], activation="tanh", rng=random.Random(0))
        rng = random.Random(1)
        batch = [[rng.random() for _ in range(64)] for _ in range(32)]
        loss = nn.cross_entropy([model(x) for x in batch], [i % 10 for i in range(32)])
        graph = draw(loss)
        assert graph.picture.note == "showing 5 of 5,099 nodes"
        assert [box.title.rpartition(" = ")[2] for box in graph.picture.boxes] == [
            "layer 0", "layer 1", "288 × sub", "32 × logsumexp", "mean(…)",
        ]  # fmt: skip
        assert "showing 5 of 5,099 nodes" in texts(graph.to_svg())
        assert "10,240×" in texts(graph.to_svg())
        assert graph.to_text().endswith("showing 5 of 5,099 nodes")

    @pytest.mark.slow
    def test_plain_code_is_collapsed_by_likeness(self) -> None:
        w = [Value(0.1 * i, f"w{i}") for i in range(5)]
        losses = [(relu(total([w[j] * float(i + j) for j in range(5)])) - 1) ** 2 for i in range(100)]
        graph = draw(total(losses))
        assert len(graph.picture.boxes) < 15
        assert {"5 × w", "500 × mul", "100 × relu", "100 × power"} <= {box.title for box in graph.picture.boxes}

    @pytest.mark.slow
    def test_a_long_chain_is_cut(self) -> None:
        h, w = Value(0.1, "h"), Value(0.9, "w")
        for _ in range(20_000):
            h = tanh(w * h)
        graph = draw(h)
        assert graph.picture.note == "showing 40 of 40,002 nodes"
        assert len(graph.picture.boxes) == 40
        assert len(graph.picture.cut) == 1
        assert "w  data 0.9" in graph.to_text()

    def test_limit(self) -> None:
        nodes = [Value(1.0, f"x{i}") for i in range(30)]
        y = nodes[0]
        for x in nodes[1:]:
            y = y * x
        assert draw(y).picture.note == ""
        assert len(draw(y, limit=10).picture.boxes) <= 10

    def test_very_deep_scopes(self) -> None:
        state = Value(0.5, "state")
        with ExitStack() as stack:
            for i in range(300):
                stack.enter_context(scope(f"level {i}"))
                state = state.tanh()
            assert draw(state, limit=1000).to_dot().startswith("digraph")
        assert len(draw(state).picture.boxes) <= 60

    def test_nearest_boxes(self) -> None:
        links = [("a", "b"), ("b", "c"), ("x", "c"), ("z", "a")]
        assert nearest("c", links, 3) == {"c", "b", "x"}
        assert nearest("c", links, 9) == {"c", "b", "x", "a", "z"}

    def test_boxes_that_read_each_other(self) -> None:
        state = Value(0.5, "state")
        for _ in range(3):
            with scope("cell"):
                state = tanh(state)
            with scope("gate"):
                state = state.exp()
        text = draw(state, depth=0).to_text()
        assert text.startswith("gate  holds 3 nodes")
        assert "cell" in text
        assert "<svg" in draw(state, depth=0).to_svg()

    def test_ranges_with_nan(self) -> None:
        graph = draw(total([relu(Value(x, "x")) for x in [1.0, float("nan"), *[2.0] * 150]]))
        assert "× relu  data nan … 2" in graph.to_text()

    def test_ranges_in_a_box(self) -> None:
        graph = draw(total([relu(Value(float(i), f"x{i}")) for i in range(150)]))
        assert "150 × relu  data 0 … 149  grad 0" in graph.to_text()


def test_labels_that_are_no_text() -> None:
    a = Value(1.0)
    a.label = 5
    y = a * 2
    y.label = None
    assert draw(y).to_text().splitlines()[1] == "└─ 5  data 1  grad 0"
    assert str(derive(y, a)).splitlines()[-1] == "dv1/d(5) = 2"


def test_own_operations_with_strange_names() -> None:
    strange = op("<b>{x|y}</b> \\N", lambda x: x, lambda x, y: [1.0])
    assert "v1 = <b>{x|y}</b> \\N(a)" in texts(draw(strange(Value(1.0, "a"))).to_svg())
