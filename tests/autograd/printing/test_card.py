"""Test the HTML of a `Value` in a notebook: small, escaped, independent of the size of the graph."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from autograd import Value


def cells(v: Value) -> list[str]:
    return ["".join(cell.itertext()) for cell in ET.fromstring(v._repr_html_()).iter() if cell.tag in ("th", "td")]


def test_a_leaf_and_a_node() -> None:
    a = Value(2.0, "a")
    assert cells(a) == ["label", "a", "data", "2.0", "grad", "0.0", "op", "(leaf)"]
    assert cells(a.tanh()) == ["data", str(a.tanh().data), "grad", "0.0", "op", "tanh"]


@pytest.mark.parametrize(
    "label", ["</script><script>alert(1)</script>", '"><img onerror=x>', "😀", "\0\n", "$\\alpha$"]
)
def test_labels_are_text(label: str) -> None:
    assert cells(Value(float("nan"), label))[1] == "".join(c if c.isprintable() else " " for c in label)


def test_long_labels_are_cut() -> None:
    assert cells(Value(1.0, "x" * 500))[1] == "x" * 59 + "…"


def test_a_deep_graph_is_not_looked_at() -> None:
    node = Value(1.0)
    for _ in range(20_000):
        node = node * 1.0
    assert len(node._repr_html_()) < 300
