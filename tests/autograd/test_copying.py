"""Copies and pickles: whole graphs, of any depth, with what was shared still shared."""

from __future__ import annotations

import copy
import pickle
import random

import pytest

import autograd
import nn
from autograd import Op, Value, anomalies, log, no_grad, op, tanh, testing
from autograd.ops import COMPARISONS, TABLE

square = op("square", lambda x: x * x, lambda x, y: [2 * x])
cubed = op("the cube", lambda x: x**3, lambda x, y: [3 * x**2])
DUPLICATES = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}


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

    @pytest.mark.slow
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


def _results() -> dict[str, object]:
    """Return one of each thing that functions on nodes and models return, and of what these are given."""
    a, h, loss = graph()
    loss.label = "L"
    loss.backward()
    sheet = testing.exercise(loss)
    X, Y = nn.data.xor()
    model = nn.MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
    history = nn.fit(model, X, Y, loss=nn.binary_cross_entropy, optimizer=nn.Adam(0.1), epochs=2, progress=False)
    return {
        "step": next(autograd.backprop(loss)),
        "walkthrough": loss.steps(),
        "graph": autograd.draw(loss),
        "diagram": autograd.draw_dot(loss),
        "page": autograd.explore(loss),
        "formula": autograd.formula(loss),
        "derivation": autograd.derive(loss, a),
        "marks": testing.check_by_hand(loss, {a: 1.0, h: 2.0}),
        "gradients": testing.check_gradients(lambda x: x * x, 2.0),
        "derivative": testing.check_derivative(lambda x: x * x, lambda x: x, at=[1.0]),
        "operation": testing.check_op(tanh),
        "diagnosis": nn.diagnose(loss, [a, Value(1.0, "unread")]),
        "exercise": sheet,
        "answers": sheet.mark({"L": 1.0}),
        "history": history,
        "confusion": nn.confusion(model, X, Y),
        "model": model,
        "sgd": nn.SGD(0.1, momentum=0.9),
        "adam": nn.Adam(0.1),
        "stopping": nn.EarlyStopping(2),
        "round": nn.textbook.play_round(model, [1.0, 2.0], 1.0, lr=0.1),
    }


RESULTS = _results()


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("duplicate", DUPLICATES, ids=DUPLICATES.keys())
def test_results(duplicate: str, name: str) -> None:
    result = RESULTS[name]
    twin = DUPLICATES[duplicate](result)
    assert type(twin) is type(result)
    assert repr(twin).partition(" at 0x")[0] == repr(result).partition(" at 0x")[0]
    for page in ("to_html", "_repr_html_"):
        if hasattr(result, page):
            assert getattr(twin, page)() == getattr(result, page)()


@pytest.mark.parametrize("duplicate", DUPLICATES, ids=DUPLICATES.keys())
def test_schedules(duplicate: str) -> None:
    for schedule in (nn.linear_decay(4), nn.cosine_decay(4, 0.1), nn.step_decay(0.5, 2)):
        twin = DUPLICATES[duplicate](schedule)
        assert [twin(t / 2) for t in range(12)] == [schedule(t / 2) for t in range(12)]


@pytest.mark.parametrize("operation", [*TABLE.values(), *COMPARISONS, square], ids=repr)
def test_operations_are_themselves(operation: Op) -> None:
    for duplicate in DUPLICATES.values():
        assert duplicate(operation) is operation


def test_an_operation_is_found_by_its_variable() -> None:
    assert pickle.loads(pickle.dumps(cubed(Value(2.0)))).op is cubed


def test_an_operation_without_a_name_to_find_it_by_cannot_be_pickled() -> None:
    hidden = op("hidden", lambda x: x, lambda x, y: [1.0])
    with pytest.raises((pickle.PicklingError, AttributeError), match="hidden"):
        pickle.dumps(hidden(Value(1.0)))
