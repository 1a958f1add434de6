"""Compiled functions: what they keep from call to call, what that depends on, and how much it is."""

from __future__ import annotations

import copy
import gc
import itertools
import pickle
import weakref
from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, grad, op, sin, tanh, total

Point, Pair = namedtuple("Point", "x y"), namedtuple("Pair", "left right")


class Stack(list):
    """A list of somebody's own."""


class Mine(np.ndarray):
    """An array of somebody's own."""


def described(tree: Any) -> Any:
    """Return a number that depends on the structure of `tree`: its classes, its keys and its order."""
    if isinstance(tree, dict):
        parts = [(sum(map(ord, f"{key}{type(key).__name__}")), described(x)) for key, x in tree.items()]
    elif isinstance(tree, (list, tuple)):
        parts = [(i, described(x)) for i, x in enumerate(tree)]
    else:
        return tree
    return total([(i + 1) * (key + 2) * x for i, (key, x) in enumerate(parts)]) + sum(map(ord, type(tree).__name__))


STRUCTURES = [
    [1.0, 2.0],
    (1.0, 2.0),
    Point(1.0, 2.0),
    Pair(1.0, 2.0),
    Stack([1.0, 2.0]),
    {0: 1.0, 1: 2.0},
    {1: 1.0, 0: 2.0},
    {False: 1.0, True: 2.0},
    {0.0: 1.0, 1.0: 2.0},
    {"0": 1.0, "1": 2.0},
    {"a": 1.0, "b": 2.0},
    {"b": 1.0, "a": 2.0},
    OrderedDict(a=1.0, b=2.0),
    Counter(a=1.0, b=2.0),
    defaultdict(float, a=1.0, b=2.0),
    [[1.0, 2.0]],
    [[1.0], [2.0]],
    [[1.0], 2.0],
    [1.0, [2.0]],
    ([1.0], {"a": 2.0}),
    ({"a": 1.0}, [2.0]),
    ((), [1.0, 2.0]),
    ([], [1.0, 2.0]),
    ({}, [1.0, 2.0]),
]


def same(a: Any, b: Any) -> bool:
    """Say whether two structures have the same classes, keys and numbers."""
    if type(a) is not type(b) or isinstance(a, (int, float)):
        return type(a) is type(b) and a == b
    pairs = zip(a.items(), b.items()) if isinstance(a, dict) else zip(a, b)
    return len(a) == len(b) and all(same(x, y) for x, y in pairs) if not isinstance(a, str) else a == b


class TestStructures:
    @pytest.mark.parametrize("order", [list, reversed], ids=["forward", "backward"])
    def test_each_structure_is_compiled_by_itself(self, order: Callable[..., Any]) -> None:
        f, gradient = compile(described), grad(described)
        for tree in [*order(STRUCTURES)] * 2:
            assert f(tree) == described(tree), tree
            assert f.value_and_grad(tree)[0] == described(tree), tree
            assert same(f.value_and_grad(tree)[1], gradient(tree)), tree

    def test_each_structure_of_a_sample(self) -> None:
        w, a, b = Value(0.5), np.full(3, 1.0), np.full(3, 2.0)
        step = compile(lambda tree: w * described(tree), params=[w])
        batches = [[a, b], (a, b), Point(a, b), Pair(a, b), {"a": a, "b": b}, {"b": a, "a": b}, {0: a, 1: b}]
        samples = [[1.0, 2.0], (1.0, 2.0), Point(1.0, 2.0), Pair(1.0, 2.0)]
        samples += [{"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 2.0}, {0: 1.0, 1: 2.0}]
        for tree, sample in [*zip(batches, samples)] * 2:
            assert step(tree) == 0.5 * described(sample), sample

    def test_numbers_in_a_list_are_no_array(self) -> None:
        f = compile(lambda x: x[0] if isinstance(x, list) else 10 * x)
        assert f([2.0, 3.0]) == 2.0
        assert f(np.array([2.0, 3.0])).tolist() == [20.0, 30.0]
        assert f(2.0) == 20.0
        assert f([2.0, 3.0]) == 2.0

    def test_several_arguments(self) -> None:
        f = compile(lambda *args: sum(len(x) * 10**i if isinstance(x, tuple) else x for i, x in enumerate(args)))
        for args in ((1.0, (2.0,)), ((1.0,), 2.0), ((1.0, 2.0),), (1.0, 2.0), ((1.0,), (2.0,))):
            assert f(*args) == f.f(*args), args

    @pytest.mark.parametrize("wrong", [None, "2", {1.0}, object(), [None], {"a": "b"}])
    def test_what_is_no_number_is_refused_each_time(self, wrong: Any) -> None:
        f = compile(described)
        for tree in (1.0, [1.0], {"a": 1.0}):
            f(tree)
        for _ in range(2):
            with pytest.raises(TypeError, match="must be an array of numbers"):
                f(wrong)


class TestArrays:
    def test_layouts_and_types_of_the_same_shape(self) -> None:
        w = Value(2.0)
        step = compile(lambda x, y: (w * x[0] - x[1] - y) ** 2, params=[w])
        x, y = np.arange(6.0).reshape(3, 2), np.array([1.0, 0.0, 2.0])
        wanted = step(x, y)
        for kind in ("<f8", ">f8", "f4", "i8", "u1"):
            for make in (
                np.ascontiguousarray,
                np.asfortranarray,
                lambda a: a[::-1][::-1],
                lambda a: a.view(np.ndarray),
            ):
                assert step(make(x.astype(kind)), y.astype(kind)) == wanted
        assert step(x.view(Mine), y.view(Mine)) == wanted
        assert step(x.tolist(), y.tolist()) == wanted
        x.setflags(write=False)
        assert step(x, y) == wanted

    def test_masked_numbers_are_refused(self) -> None:
        masked = np.ma.array([1.0, 2.0], mask=[False, True])
        for f in (compile(sin), compile(sin, params=[])):
            f(np.array([1.0, 2.0]))
            with pytest.raises(TypeError, match="x0? must not have masked numbers"):
                f(masked)
            assert f(np.ma.array([1.0, 2.0])) is not None


class TestSettings:
    def test_what_a_program_was_made_for_is_not_changed(self) -> None:
        w = Value(2.0)
        step = compile(lambda x: w * x, params=[w])
        step([1.0, 2.0])
        assert (step.params, step.reduction, step.f(3.0).data) == ((w,), "mean", 6.0)
        for name, value in {"reduction": "sum", "params": [], "f": sin}.items():
            with pytest.raises(AttributeError):
                setattr(step, name, value)

    def test_a_rule_that_reads_what_changes_is_read_for_each_compiled_function(self) -> None:
        slope = [2.0]
        scaled = op("scaled", lambda x: slope[0] * x, lambda x, y: [slope[0] * 1.0])
        assert compile(scaled).value_and_grad(3.0) == (6.0, 2.0)
        slope[0] = 5.0
        assert compile(scaled).value_and_grad(3.0) == (15.0, 5.0)


class TestBounds:
    def test_the_programs_used_last_are_kept(self) -> None:
        recorded: list[int] = []

        def f(x: Any) -> Any:
            recorded.append(len(x))
            return total(x)

        for arguments in (lambda n: np.ones((2, n)), lambda n: [[1.0] * n]):
            step = compile(f, params=[])
            recorded.clear()
            for n in range(1, 25):
                step(arguments(n))
            for n in range(1, 25):
                step(arguments(n))
            assert recorded == [*range(1, 25)], "24 are kept"
            step(arguments(25))
            step(arguments(2))
            assert recorded == [*range(1, 26)], "the first one was not used for longest"
            step(arguments(1))
            assert recorded[-1] == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("arrays", [True, False])
    def test_recorded_graphs_are_given_back(self, arrays: bool) -> None:
        alive: weakref.WeakSet[Any] = weakref.WeakSet()
        w = Value(2.0)

        def f(x: Any) -> Any:
            loss = total([w * a for a in x])
            alive.add(loss)
            return loss

        step = compile(f, params=[w])
        for n in range(1, 80):
            step.backward(np.ones((3, n)) if arrays else [[1.0] * n] * 3)
        gc.collect()
        assert not alive

    @pytest.mark.slow
    def test_structures_are_given_back(self) -> None:
        alive: weakref.WeakSet[Any] = weakref.WeakSet()

        def f(x: Any) -> Any:
            y = sin(next(iter(x.values())))
            alive.add(y)
            return y

        g = compile(f)
        for i in range(80):
            assert g({i: 0.0}) == 0.0
        gc.collect()
        assert not alive

    def test_arguments_are_given_back(self) -> None:
        f = compile(lambda x: x["a"] * x["b"][0])
        x = {"a": np.ones(3), "b": [np.ones(3)]}
        array = weakref.ref(x["a"])
        f.value_and_grad(x)
        del x
        gc.collect()
        assert array() is None


class Line(nn.Module):
    """A module that holds functions that are compiled: one from a method, one from a lambda."""

    def __init__(self) -> None:
        self.w = Value(3.0)
        self.step = compile(self.loss, params=[self.w])
        self.other = compile(lambda x, y: (self.w * x - y) ** 2, params=self.parameters())

    def loss(self, x: Any, y: Any) -> Any:
        """Return the squared error of w * x."""
        return (self.w * x - y) ** 2


def error(w: Any, x: Any) -> Any:
    """Return a squared error."""
    return (w * x - 1.0) ** 2


class TestCopies:
    """Copies and pickles: of the function and its parameters, which stay those that it reads."""

    def test_of_a_module_that_holds_one(self) -> None:
        for called, duplicate in itertools.product(
            (False, True), (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)))
        ):
            line = Line()
            if called:
                line.step([1.0, 2.0], [2.0, 4.0])
            if duplicate is not copy.deepcopy:
                del line.other
            twin = duplicate(line)
            for step in filter(None, (twin.step, getattr(twin, "other", None))):
                twin.zero_grad()
                assert step.params == (twin.w,)
                assert step.backward([1.0, 2.0], [2.0, 4.0]) == 2.5
                assert (twin.w.grad, line.w.grad) == (5.0, 0.0)
            assert twin.step is not line.step

    def test_a_deepcopy_has_nodes_of_its_own_where_the_function_reaches_them(self) -> None:
        w = Value(3.0)

        def predict(x: Any) -> Any:
            return w * x

        def loss(x: Any) -> Any:
            return (predict(x) - 1.0) ** 2

        step = compile(loss, params=[w])
        twin = copy.deepcopy(step)
        twin.backward([1.0])
        assert (twin.params[0].grad, w.grad) == (4.0, 0.0)
        shared = copy.deepcopy(compile(partial(loss), params=[w]))
        shared.backward([1.0])
        assert (shared.params[0] is w, w.grad) == (True, 4.0)

    def test_what_cannot_be_copied_is_shared(self) -> None:
        w, numpy, itself = Value(3.0), np, []

        def loss(x: Any) -> Any:
            itself.append(loss)
            return w * x * numpy.pi

        twin = copy.deepcopy(compile(loss, params=[w]))
        assert twin([1.0]) == 3.0 * np.pi
        assert not itself

    def test_a_shallow_copy_shares_everything_but_programs(self) -> None:
        w = Value(3.0)
        step = compile(partial(error, w), params=[w], reduction="sum")
        step([1.0])
        twin = copy.copy(step)
        assert (twin.f, twin.params, twin.reduction) == (step.f, step.params, "sum")
        with pytest.raises(RuntimeError, match="there is no program yet"):
            _ = twin.program

    def test_pickles_keep_a_function_and_its_parameters_together(self) -> None:
        w = Value(3.0)
        step = compile(partial(error, w), params=[w])
        step([1.0])
        twin = pickle.loads(pickle.dumps(step))
        assert twin.backward([1.0]) == 4.0
        assert (twin.params[0].grad, w.grad) == (4.0, 0.0)
        assert twin.f.args[0] is twin.params[0]
        f = pickle.loads(pickle.dumps(compile(tanh)))
        assert f(np.zeros(2)).tolist() == [0.0, 0.0]

    def test_a_lambda_is_refused_by_pickle_itself(self) -> None:
        with pytest.raises((pickle.PicklingError, AttributeError), match="<lambda>"):
            pickle.dumps(compile(lambda x: x))

    @pytest.mark.parametrize("argument", [1.0, np.ones(3)], ids=["floats", "arrays"])
    def test_programs(self, argument: Any) -> None:
        f = compile(lambda x: sin(x) * x)
        f.value_and_grad(argument)
        for duplicate in (copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
            assert duplicate(f.program).source == f.program.source
