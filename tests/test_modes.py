"""`no_grad` and `anomalies`, alone, nested and in several threads."""

from __future__ import annotations

import copy
import pickle
import re
import threading
from contextvars import copy_context
from pathlib import Path

import pytest

import nn
from autograd import Value, anomalies, dot, exp, first_nonfinite, grad, log, modes, no_grad, op, scope, sqrt


def test_no_grad_records_nothing() -> None:
    w = Value(3.0)
    with no_grad():
        y = dot([w], [2.0]) * w + exp(w)
    assert y.data == 18.0 + exp(3.0)
    assert (y.inputs, y.op, list(y.partials)) == ((), None, [])
    assert (w * w).inputs == (w, w)


def test_no_grad_as_a_decorator() -> None:
    @no_grad()
    def f(x: Value) -> Value:
        return x * x

    assert f(Value(2.0)).op is None


def test_no_grad_holds_for_its_own_thread_only() -> None:
    seen = []

    def work() -> None:
        x = Value(2.0)
        seen.append((x * x).op)

    with no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen[0] is not None
    assert not modes.current.get()


def test_the_modes_end_with_an_exception() -> None:
    with pytest.raises(KeyError), no_grad(), anomalies():
        raise KeyError
    assert not modes.current.get()
    assert log(Value(0.0)).op is not None


def test_anomalies_name_the_operation_and_the_line_of_the_user() -> None:
    x = Value(0.0, "x")
    with anomalies(), pytest.raises(FloatingPointError) as caught:
        log(x) + 1  # the culprit
    assert "log(x = 0.0) is -inf, made at " in str(caught.value)
    assert str(caught.value).endswith("log(x) + 1  # the culprit")
    assert "test_modes.py:" in str(caught.value)


def test_anomalies_look_through_nn() -> None:
    neuron = nn.Neuron(1, activation="exp")
    neuron.w[0].data = 1e4
    with anomalies(), pytest.raises(FloatingPointError, match=r"test_modes\.py:\d+: neuron\(\[1\.0\]\)"):
        neuron([1.0])


def test_a_node_that_is_not_finite_keeps_the_line_of_the_user() -> None:
    neuron = nn.Neuron(1, activation="exp")
    neuron.w[0].data = 1e4
    y = neuron([1.0])
    assert re.fullmatch(r".*test_modes\.py:\d+: y = neuron\(\[1\.0\]\)", y.made_at)
    with scope("part"):
        assert "test_modes.py" in (inside := neuron([1.0])).made_at
    with no_grad():
        assert "test_modes.py" in neuron([1.0]).made_at
    assert inside.scope == ("part",)
    assert "test_modes.py" in (Value(1.0) * float("inf")).made_at, "as a constant infinity has no line of its own"
    for other in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert other.made_at == ""


def test_a_rule_read_with_nodes_may_become_infinite() -> None:
    root = op("root", lambda x: x**0.5, lambda x, y: [0.5 / y])
    x = Value(0.0)
    slope = first_nonfinite(grad(lambda t: root(t * x))(1.0))
    assert slope.inputs[0] == 0.5
    assert "0.5 / y" in slope.made_at


def test_code_in_a_folder_that_is_named_almost_like_nn_is_the_user_s() -> None:
    neighbour = Path(nn.__file__).parent.with_name("nnet") / "train.py"
    code = compile("log(Value(0.0))", str(neighbour), "exec")
    with anomalies(), pytest.raises(FloatingPointError, match=r"nnet.train\.py:1"):
        exec(code, {"log": log, "Value": Value})  # noqa: S102


def test_a_context_copied_inside_a_mode_keeps_it() -> None:
    with no_grad():
        context = copy_context()
    x = Value(2.0)
    assert context.run(lambda: x * x).op is None
    assert (x * x).op is not None


def test_anomalies_let_finite_numbers_and_earlier_infinities_pass() -> None:
    inf = Value(float("inf"))
    with anomalies():
        assert (inf * 2).data == float("inf")
        assert sqrt(Value(4.0)).data == 2.0
    with anomalies(), no_grad(), pytest.raises(FloatingPointError, match=r"div\(1.0, 0.0\) is inf"):
        Value(1.0) / 0


def test_many_inputs_are_not_all_listed() -> None:
    with (
        anomalies(),
        pytest.raises(FloatingPointError, match=r"dot\(1e\+300, 1e\+300, 1e\+300, 1e\+300, \.\.\.\) is inf"),
    ):
        dot([Value(1e300)] * 3, [1e300] * 3)


def test_scopes_nest_and_name_the_nodes_made_inside() -> None:
    x = Value(3.0)
    with scope("outer"):
        a = x * 2
        with scope("inner"), no_grad():
            b = x.exp()
        with scope("inner"):
            c = x.exp()
    assert (a.scope, b.scope, c.scope, (x * x).scope) == (("outer",), (), ("outer", "inner"), ())
    assert copy.deepcopy(c).scope == pickle.loads(pickle.dumps(c)).scope == copy.copy(c).scope == c.scope
    assert not modes.current.get()


def test_what_is_no_scope_is_refused() -> None:
    for name in ("", "  ", None, 3):
        with pytest.raises(TypeError, match="the name of a scope is a str"), scope(name):
            pass
    with pytest.raises(TypeError, match="a tuple of names"):
        Value(1.0).scope = "layer"


def test_parameters_of_nn_know_their_part() -> None:
    model = nn.MLP(2, [3, 1])
    assert model.layers[0].neurons[2].w[1].scope == ("layer 0", "neuron 2")
    assert model([1.0, 2.0]).scope == (), "naming parts costs nothing where nothing is drawn"
