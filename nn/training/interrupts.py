"""Work that ends in order, whatever ends it: Ctrl-C at any moment, and a second one, too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from types import FrameType

SECONDS_TO_FINISH = 2.0  # that an exception has, to get from where it is raised to where the finish begins


def run_to_end(work: Callable[[], None], finish: Callable[[], None]) -> None:
    """Call `work` and then `finish`, also where an exception or Ctrl-C ended the work.

    >>> run_to_end(lambda: print("work"), lambda: print("finish"))
    work
    finish

    Ctrl-C ends the work by a KeyboardInterrupt as ever. Another one right after that, or while `finish` runs, waits
    until it has finished. Only the main thread gets a KeyboardInterrupt, and only it may do this.
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
    """Passes Ctrl-C on to the `previous` handler, and holds what comes soon after it, or in the finish, until the end.

    The handler raises the shield itself before it raises the exception, so that there is no moment between the two; but
    for a while only, since an exception can get lost, in a `__del__` for one.
    """

    def __init__(self, previous: Callable[[int, FrameType | None], object]) -> None:
        self.previous, self.up_until, self.held = previous, 0.0, False

    def handle(self, signum: int, frame: FrameType | None) -> None:
        if monotonic() < self.up_until:
            self.held = True
            return
        self.up_until = monotonic() + SECONDS_TO_FINISH
        self.previous(signum, frame)
        self.up_until = 0.0  # a handler that does not raise lets the work go on

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
