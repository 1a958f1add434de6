"""Run a final step after work that Ctrl-C may interrupt, even twice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from types import FrameType

SECONDS_TO_FINISH = 2.0  # enough time for an exception to propagate to the start of `finish`


def run_to_end(work: Callable[[], None], finish: Callable[[], None]) -> None:
    """Call `work`, then `finish`, even if an exception or Ctrl-C ends the work.

    >>> run_to_end(lambda: print("work"), lambda: print("finish"))
    work
    finish

    Ctrl-C ends the work with a KeyboardInterrupt, as usual. A second Ctrl-C right after it, or while `finish` runs,
    takes effect after `finish`. Threads other than the main one never get a KeyboardInterrupt.
    """
    in_main = threading.current_thread() is threading.main_thread()
    previous = signal.getsignal(signal.SIGINT) if in_main else None
    if callable(previous):
        _Shield(previous).run(work, finish)
    else:
        try:
            work()
        finally:
            finish()


class _Shield:
    """Pass the first Ctrl-C to the `previous` handler, and hold back others until `finish` has run.

    The first Ctrl-C starts the holding back before it raises KeyboardInterrupt, so that no other gets in between. It
    stops after SECONDS_TO_FINISH, since the exception can get lost, for example in a `__del__`.
    """

    def __init__(self, previous: Callable[[int, FrameType | None], object]) -> None:
        self.previous, self.up_until, self.held = previous, 0.0, False

    def handle(self, signum: int, frame: FrameType | None) -> None:
        if monotonic() < self.up_until:
            self.held = True
            return
        self.up_until = monotonic() + SECONDS_TO_FINISH
        self.previous(signum, frame)
        self.up_until = 0.0  # if the handler does not raise, the work goes on

    def run(self, work: Callable[[], None], finish: Callable[[], None]) -> None:
        try:
            try:
                signal.signal(signal.SIGINT, self.handle)
                work()
            finally:
                self.up_until = inf
        finally:
            try:
                finish()
            finally:
                signal.signal(signal.SIGINT, self.previous)
        if self.held:
            self.previous(signal.SIGINT, None)
