"""`no_grad`, `anomalies` and `scope`: alone, nested, in several threads, in any order, and as decorators."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import itertools
import pickle
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from pathlib import Path
from typing import Any

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
        with pytest.raises(TypeError, match="the name of a scope must be a str"), scope(name):
            pass
    with pytest.raises(TypeError, match="a tuple of names"):
        Value(1.0).scope = "layer"


def test_parameters_of_nn_know_their_part() -> None:
    model = nn.MLP(2, [3, 1])
    assert model.layers[0].neurons[2].w[1].scope == ("layer 0", "neuron 2")
    assert model([1.0, 2.0]).scope == (), "naming parts costs nothing where nothing is drawn"


X = Value(2.0)


def is_recorded() -> bool:
    return (X * X).op is not None


def suspended(mode: Callable[[], Any] = no_grad, steps: int = 2) -> Iterator[int]:
    """Hold a mode open while suspended."""
    with mode():
        yield from range(steps)


def in_thread(f: Callable[..., Any], *args: Any) -> None:
    thread = threading.Thread(target=f, args=args)
    thread.start()
    thread.join()


def run(coroutine: Any) -> None:
    """Run a coroutine in a thread of its own: the browser of other tests may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


class TestAnyOrder:
    """However modes are left, nothing of them is left behind."""

    @pytest.fixture(autouse=True)
    def nothing_is_left(self) -> Iterator[None]:
        yield
        gc.collect()
        assert is_recorded()
        assert (X * X).scope == ()
        assert not modes.in_force()

    @pytest.mark.slow
    @pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
    def test_generators_that_are_advanced_in_turn(self, order: tuple[int, ...]) -> None:
        generators = [suspended(), suspended(lambda: scope("part")), suspended(anomalies)]
        for generator in generators:
            next(generator)
        for i in order:
            generators[i].close()
            assert is_recorded() == (0 in order[: order.index(i) + 1])

    @pytest.mark.slow
    def test_zipped_generators(self) -> None:
        assert list(zip(suspended(steps=2), suspended(steps=3), suspended(lambda: scope("part")))) != []

    def test_a_scope_that_is_left_first_removes_its_own_name(self) -> None:
        outer, inner = suspended(lambda: scope("outer")), suspended(lambda: scope("inner"))
        next(outer), next(inner)
        assert (X * X).scope == ("outer", "inner")
        outer.close()
        assert (X * X).scope == ("inner",)
        inner.close()

    @pytest.mark.slow
    @pytest.mark.parametrize("leave", [lambda g: g.close(), list, lambda g: copy_context().run(g.close)])
    def test_a_generator_that_ends_in_another_thread_or_context(self, leave: Callable[[Any], Any]) -> None:
        for here, there in ((next, leave), (leave, next)):
            generator = suspended()
            if here is next:
                next(generator)
                in_thread(there, generator)
            else:
                in_thread(there, generator)
                assert is_recorded(), "which entered in its own thread"
                here(generator)
            assert is_recorded()

    @pytest.mark.slow
    def test_the_garbage_collector_may_close_a_generator_at_any_moment(self) -> None:
        def abandon() -> None:
            generator = suspended()
            next(generator)
            cycle: list[Any] = [generator]
            cycle.append(cycle)

        thresholds = gc.get_threshold()
        try:
            for often in range(1, 40):
                gc.set_threshold(often)
                for _ in range(20):
                    abandon()
                    with scope("part"):
                        pass
        finally:
            gc.set_threshold(*thresholds)

    def test_one_object_may_be_entered_again(self) -> None:
        mode = no_grad()
        with mode:
            with mode:
                assert not is_recorded()
            assert not is_recorded()
        assert is_recorded()
        with mode:
            assert not is_recorded()

    @pytest.mark.slow
    def test_one_object_in_two_threads(self) -> None:
        mode, seen = no_grad(), []
        entered, go_on = threading.Event(), threading.Event()

        def work() -> None:
            with mode:
                entered.set()
                go_on.wait()
                seen.append(is_recorded())
            seen.append(is_recorded())

        thread = threading.Thread(target=work)
        with mode:
            thread.start()
            entered.wait()
        assert is_recorded()
        go_on.set()
        thread.join()
        assert seen == [False, True]

    def test_exit_stacks_and_exceptions(self) -> None:
        def fail() -> None:
            with ExitStack() as stack:
                stack.enter_context(no_grad())
                stack.enter_context(scope("part"))
                next(generator)
                assert modes.in_force() == {"no_grad", "scope", "anomalies"}
                raise KeyError

        generator = suspended(anomalies)
        with pytest.raises(KeyError):
            fail()
        assert modes.in_force() == {"anomalies"}
        generator.close()

    def test_tasks(self) -> None:
        async def task(steps: int) -> None:
            with no_grad():
                for _ in range(steps):
                    await asyncio.sleep(0)
                    assert not is_recorded()
            assert is_recorded()

        async def main() -> None:
            await asyncio.gather(task(3), task(1), task(2))
            assert is_recorded()

        run(main())

    @pytest.mark.slow
    def test_derivatives_are_recorded_whatever_holds(self) -> None:
        generator = suspended()
        next(generator)
        assert grad(grad(lambda x: x * x * x))(2.0) == 12.0
        assert not is_recorded()


class TestDecorators:
    """Each step of a generator or of an async function runs in the mode, which is off between the steps."""

    @pytest.mark.slow
    def test_generators(self) -> None:
        @no_grad()
        def generate(count: int) -> Iterator[bool]:
            received: list[Any] = []
            try:
                for _ in range(count):
                    try:
                        received.append((yield is_recorded()))
                    except KeyError as error:
                        received.append(error.args[0])
            finally:
                closed.append(is_recorded())
            return received

        def around() -> Any:
            result = yield from generate(3)
            results.append(result)

        closed: list[bool] = []
        results: list[Any] = []
        assert inspect.isgeneratorfunction(generate)
        generator = around()
        assert not next(generator)
        assert is_recorded()
        assert not generator.send("sent")
        assert not generator.throw(KeyError("thrown"))
        assert is_recorded()
        assert list(generator) == []
        assert (results, closed) == ([["sent", "thrown", None]], [False])
        for leave in (lambda g: g.close(), lambda g: None):
            generator = generate(3)
            next(generator)
            leave(generator)
            del generator
            gc.collect()
        assert closed == [False] * 3
        with pytest.raises(ValueError, match="mine"):
            generate(3).throw(ValueError("mine"))

    def test_errors_of_a_generator(self) -> None:
        @scope("part")
        def generate() -> Iterator[tuple[str, ...]]:
            yield (X * X).scope
            raise ValueError("mine")

        generator = generate()
        assert next(generator) == ("part",)
        with pytest.raises(ValueError, match="mine"):
            next(generator)
        assert (X * X).scope == ()

    def test_async_functions(self) -> None:
        @scope("part")
        async def work(steps: int) -> list[tuple[str, ...]]:
            seen = []
            for _ in range(steps):
                seen.append((X * X).scope)
                await asyncio.sleep(0)
            return seen

        async def main() -> None:
            tasks = [asyncio.create_task(work(n)) for n in (3, 1)]
            await asyncio.sleep(0)
            assert (X * X).scope == ()
            assert await asyncio.gather(*tasks) == [[("part",)] * 3, [("part",)]]
            task = asyncio.create_task(work(1000))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        assert inspect.iscoroutinefunction(work)
        run(main())

    def test_async_generators(self) -> None:
        @no_grad()
        async def generate(count: int) -> AsyncIterator[bool]:
            received: list[Any] = []
            try:
                for _ in range(count):
                    await asyncio.sleep(0)
                    try:
                        received.append((yield is_recorded()))
                    except KeyError as error:
                        received.append(error.args[0])
            finally:
                await asyncio.sleep(0)
                closed.append((received, is_recorded()))

        closed: list[Any] = []
        kept = []

        async def main() -> None:
            async for seen in generate(2):
                assert not seen
                assert is_recorded()
            generator: Any = generate(9)
            await generator.asend(None)
            assert not await generator.asend("sent")
            assert not await generator.athrow(KeyError("thrown"))
            await generator.aclose()
            kept.append(generate(9))  # which the event loop closes
            await anext(kept[0])

        assert inspect.isasyncgenfunction(generate)
        run(main())
        assert closed == [([None, None], False), (["sent", "thrown"], False), ([], False)]

    def test_anomalies(self) -> None:
        @anomalies()
        def generate() -> Iterator[Value]:
            yield log(X)
            yield log(X - 2.0)

        generator = generate()
        next(generator)
        assert log(X - 2.0).data == -float("inf")
        with pytest.raises(FloatingPointError, match="log"):
            next(generator)

    def test_methods(self) -> None:
        class Model:
            @no_grad()
            def steps(self) -> Iterator[bool]:
                yield is_recorded()

            @no_grad()
            @classmethod
            def of_class(cls) -> Iterator[bool]:
                yield is_recorded()

            @no_grad()
            @staticmethod
            def of_none() -> bool:
                """Say it."""
                return is_recorded()

        assert list(Model().steps()) == list(Model.of_class()) == [Model.of_none()] == [False]
        assert Model.of_none.__doc__ == "Say it."
