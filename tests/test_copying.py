"""Copies and pickles: whole graphs, of any depth, with what was shared still shared."""

from __future__ import annotations

import copy
import pickle

import pytest

import nn
from autograd import Value, anomalies, log, no_grad, op, tanh

square = op("square", lambda x: x * x, lambda x, y: [2 * x])


def graph() -> tuple[Value, Value, Value]:
    a = Value(2.0, "a")
    h = a * a + 1
    return a, h, tanh(h) * h


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"]
)
class TestWholeGraphs:
    def test_backward_works_on_the_copy_and_leaves_the_original_alone(self, duplicate: object) -> None:
        a, h, loss = graph()
        b, g, other = duplicate((a, h, loss))
        other.backward()
        assert (a.grad, h.grad) == (0.0, 0.0)
        loss.backward()
        assert (b.grad, g.grad, b.label) == (a.grad, h.grad, "a")
        assert b.grad != 0

    def test_what_is_shared_stays_shared_whatever_comes_first(self, duplicate: object) -> None:
        a, h, loss = graph()
        for order in ([loss, h, a], [a, h, loss], [h, loss, a, h]):
            copies = dict(zip(map(id, order), duplicate(order)))
            assert copies[id(loss)].inputs[1] is copies[id(h)]
            assert copies[id(h)].inputs[0].inputs[0] is copies[id(a)]

    def test_a_model_and_its_loss(self, duplicate: object) -> None:
        model = nn.MLP(2, [3, 1], activation="tanh")
        loss = model([1.0, -1.0]) ** 2
        other, other_loss = duplicate([model, loss])
        other_loss.backward()
        assert any(p.grad for p in other.parameters())
        assert not any(p.grad for p in model.parameters())

    def test_deep_graphs(self, duplicate: object) -> None:
        a = Value(1.0)
        y = a
        for _ in range(20_000):
            y = y * 1.0001
        b, z = duplicate([a, y])
        z.backward()
        assert b.grad == pytest.approx(1.0001**20_000)

    def test_attributes_of_your_own(self, duplicate: object) -> None:
        a, h, loss = graph()
        a.velocity, h.twin, h.loss, loss.seen = [0.5], a, loss, {"leaf": a}
        b, g, other = duplicate((a, h, loss))
        assert (b.velocity, b.label) == ([0.5], "a")
        assert g.twin is b
        assert g.loss is other
        assert other.seen["leaf"] is b
        b.velocity.append(1.0)
        assert a.velocity == [0.5]

    def test_own_operations(self, duplicate: object) -> None:
        y = duplicate(square(Value(3.0)))
        assert y.op is square


@pytest.mark.parametrize("mode", [no_grad, anomalies])
def test_copies_are_the_same_in_every_mode(mode: object) -> None:
    y = log(Value(0.0)) * 2
    with mode():
        for duplicate in (copy.deepcopy, copy.copy, lambda v: pickle.loads(pickle.dumps(v))):
            twin = duplicate(y)
            assert (twin.op, len(twin.inputs), twin.data) == (y.op, 2, y.data)


def test_a_shallow_copy_is_another_node_on_the_same_inputs() -> None:
    a, h, _ = graph()
    h.label, h.color = "h", "red"
    twin = copy.copy(h)
    assert (twin.label, twin.color) == ("h", "red")
    twin.color = "blue"
    assert h.color == "red"
    assert twin is not h
    assert twin.inputs == h.inputs
    twin.backward()
    assert (a.grad, h.grad) == (4.0, 0.0)


def test_data_changed_before_the_copy_is_copied() -> None:
    a, _, _ = graph()
    a.data, a.grad = 5.0, 6.0
    b = pickle.loads(pickle.dumps(a))
    assert (b.data, b.grad) == (5.0, 6.0)


def test_an_operation_without_a_name_to_find_it_by_cannot_be_pickled() -> None:
    hidden = op("hidden", lambda x: x, lambda x, y: [1.0])
    with pytest.raises((pickle.PicklingError, AttributeError), match="hidden"):
        pickle.dumps(hidden(Value(1.0)))
