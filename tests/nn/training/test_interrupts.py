"""Work that ends in order, with Ctrl-C sent to this process as a signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import pytest

from nn.training.interrupts import run_to_end

ctrl_c = partial(signal.raise_signal, signal.SIGINT)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Python's own handler of Ctrl-C, which has to be there again afterwards."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    after = signal.signal(signal.SIGINT, before)
    assert after is signal.default_int_handler


def test_in_order() -> None:
    done: list[str] = []
    run_to_end(lambda: done.append("work"), lambda: done.append("finish"))
    assert done == ["work", "finish"]


def test_an_exception_ends_the_work_alone() -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError):
        run_to_end(lambda: done.append(1 / 0), lambda: done.append("finish"))
    assert done == ["finish"]


def test_ctrl_c_ends_the_work() -> None:
    done: list[str] = []

    def work() -> None:
        ctrl_c()
        done.append("not reached")

    with pytest.raises(KeyboardInterrupt):
        run_to_end(work, lambda: done.append("finish"))
    assert done == ["finish"]


@pytest.mark.parametrize(
    ("work", "error"),
    [(ctrl_c, KeyboardInterrupt), (lambda: None, KeyboardInterrupt), (lambda: 1 / 0, ZeroDivisionError)],
)
def test_ctrl_c_waits_until_the_finish_is_done(work: Callable[[], None], error: type[BaseException]) -> None:
    done: list[str] = []

    def finish() -> None:
        for _ in range(3):
            ctrl_c()
            done.append("finish")

    with pytest.raises(error):
        run_to_end(work, finish)
    assert done == ["finish"] * 3


def test_an_error_in_the_finish_is_seen() -> None:
    with pytest.raises(ZeroDivisionError):
        run_to_end(lambda: None, lambda: 1 / 0)  # type: ignore[arg-type,return-value]


def test_a_handler_that_does_not_raise_lets_the_work_go_on() -> None:
    noticed: list[int] = []
    done: list[str] = []

    def notice(signum: int, frame: FrameType | None) -> None:
        noticed.append(signum)

    def work() -> None:
        ctrl_c()
        ctrl_c()
        done.append("work")

    signal.signal(signal.SIGINT, notice)
    run_to_end(work, ctrl_c)
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is notice
    assert done == ["work"]
    assert noticed == [signal.SIGINT] * 3, "the one during the finish is passed on after it"


@pytest.mark.parametrize(("seconds", "presses"), [(0.0, 2), (60.0, 1)])
def test_an_exception_that_gets_lost(seconds: float, presses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.training.interrupts.SECONDS_TO_FINISH", seconds)
    lost: list[int] = []

    def work() -> None:
        for i in range(2):
            try:
                ctrl_c()
            except KeyboardInterrupt:
                lost.append(i)

    def finish() -> None:
        assert len(lost) == presses

    if presses == 1:
        with pytest.raises(KeyboardInterrupt):
            run_to_end(work, finish)
    else:
        run_to_end(work, finish)


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    done: list[str] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run_to_end(ctrl_c, lambda: done.append("finish"))
    assert done == ["finish"]
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is signal.SIG_IGN


def test_another_thread_leaves_signals_alone() -> None:
    done: list[object] = []
    thread = threading.Thread(
        target=lambda: run_to_end(lambda: done.append(signal.getsignal(signal.SIGINT)), lambda: done.append("finish"))
    )
    thread.start()
    thread.join()
    assert done == [signal.default_int_handler, "finish"]
