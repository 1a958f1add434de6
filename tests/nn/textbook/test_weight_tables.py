"""Test the numbers of the weight table, and gradient descent on its parabola."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nn.textbook import Records, find_weight, weight_table


def test_the_default_table() -> None:
    table = weight_table([4, 3, 2])
    assert table.column("input") == [0, 1, 2, 3, "sum"]
    assert table.column("desired")[:4] == [0, 2, 4, 6]
    outputs = {w: table.column(f"w = {w}")[:4] for w in (4, 3, 2)}
    assert outputs == {4: [0, 4, 8, 12], 3: [0, 3, 6, 9], 2: [0, 2, 4, 6]}
    assert table.column("error (4)") == [0, 2, 4, 6, None]
    assert table.column("error (3)") == [0, 1, 2, 3, None]
    assert table.column("error (2)") == [0, 0, 0, 0, None]
    assert table.column("error² (4)") == [0, 4, 16, 36, 56]
    assert table.column("error² (3)") == [0, 1, 4, 9, 14]
    assert table.column("error² (2)") == [0, 0, 0, 0, 0]


def test_the_table_of_the_article() -> None:
    table = weight_table([4, 3, 2], inputs=[0, 3, 9, 27], desired=[0, 6, 18, 54])
    assert table.column("w = 4")[:4] == [0, 12, 36, 108]
    assert table.column("error (4)")[:4] == [0, 6, 18, 54]
    assert table.column("error (3)")[:4] == [0, 3, 9, 27]
    assert table.column("error (2)")[:4] == [0, 0, 0, 0]


def test_the_error_grows_again_past_the_minimum() -> None:
    last = weight_table([4, 3, 2, 1])[-1]
    assert [last[f"error² ({w})"] for w in (4, 3, 2, 1)] == [56, 14, 0, 14]


def test_descent_finds_the_weight() -> None:
    trail = find_weight(4.0)
    assert trail[0] == (4.0, 56.0, 56.0)
    for before, after in pairwise(trail):
        assert before.error == pytest.approx(14 * (before.weight - 2) ** 2, abs=1e-12)
        assert before.gradient == pytest.approx(28 * (before.weight - 2), abs=1e-12)
        assert after.weight == before.weight - 0.01 * before.gradient
        assert after.error < before.error
    assert trail[-1].weight == pytest.approx(2.0, abs=1e-3)
    assert len(trail) == 31


@pytest.mark.parametrize(("lr", "grows"), [(1.99 / 28, False), (2.01 / 28, True)])
def test_the_largest_rate(lr: float, grows: bool) -> None:
    trail = find_weight(lr=lr)
    assert (trail[-1].error > trail[0].error) is grows


def test_other_data() -> None:
    assert find_weight(0.0, inputs=[1.0], desired=[5.0], lr=0.5, rounds=1)[-1] == (5.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="inputs and desired must have the same nonzero length, got 2 and 1"):
        weight_table([1], [1, 2], [1])
    with pytest.raises(ValueError, match="same nonzero length, got 0 and 0"):
        find_weight(inputs=[], desired=[])


def test_records_as_data_text_and_html() -> None:
    table = weight_table()
    assert (len(table), table[-1]["error² (3)"], len(table[:2])) == (5, 14, 2)
    assert str(table).splitlines()[1].split() == ["0"] * 11
    assert repr(table) == str(table)
    assert "<th>error² (4)</th>" in table._repr_html_()
    assert "<td>&lt;b&gt;</td>" in Records([{"name": "<b>"}])._repr_html_()
    assert str(Records([{"x": -0.0, "y": 1234567.0, "z": None}])).splitlines()[1].split() == ["0", "1.235e+06"]
