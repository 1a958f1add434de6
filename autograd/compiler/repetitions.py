"""Find where a sequence of entries repeats itself, each time on the results of the time before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.tape import Entry, Ref

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_MIN_ENTRIES = 60  # in all rounds of a loop
_MIN_ROUNDS = 4
_PATTERNS = (16, 64, 512, 4096, 32768)  # entries by which repetition is found: a round may consist of repetitions
_PROBES = 16  # repetition is looked for at the ends of so many parts of a sequence
_CHUNK = 256  # entries that are compared at once, at first


class Range(NamedTuple):
    """A number of `rounds` of `period` entries each, from the place `start` of a sequence."""

    start: int
    period: int
    rounds: int

    @property
    def stop(self) -> int:
        """The place behind the last round."""
        return self.start + self.period * self.rounds

    @property
    def places(self) -> Ints:
        """The places of all entries, with a row for each round."""
        return np.arange(self.start, self.stop).reshape(self.rounds, self.period)


class Repetitions:
    """Entries in an order of computation, as arrays of numbers.

    `reads` contains the places that all entries read, one after the other; those of entry i are reads[first[i]] to
    reads[first[i + 1] - 1]. Nodes and numbers that are not in the sequence have negative places; refs[place] is what
    is at a place. Rounds of a loop may start where `is_cut`.
    """

    def __init__(self, slots: Sequence[Sequence[Entry]]) -> None:
        self.entries = entries = list(chain.from_iterable(slots))
        count = len(entries)
        numbers: dict[Any, int] = {entry.node: i for i, entry in enumerate(entries)}
        read = [entry.reads for entry in entries]
        self.refs: list[Ref] = [entry.node for entry in entries]
        found: list[int] = []
        for x in chain.from_iterable(read):
            key = x.hex() if x.__class__ is float else x
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(numbers)
                self.refs.append(x)
            found.append(number)
        self.reads = np.array(found, np.int64)
        self.reads[self.reads >= count] -= len(numbers)
        self.first = np.array([0, *accumulate(map(len, read))], np.int64)
        kinds: dict[Hashable, int] = {}
        self.kinds = np.array([kinds.setdefault(entry.kind, len(kinds)) for entry in entries], np.int64)
        self.is_cut = np.zeros(count + 1, bool)
        self.is_cut[[0, *accumulate(map(len, slots))]] = True
        self._uses = np.bincount(self.reads[self.reads >= 0], minlength=count)
        self._reader = np.repeat(np.arange(count), np.diff(self.first))
        self._texts = [_text(self._keys()), _text(self.kinds)] if count >= _MIN_ENTRIES else []

    def _keys(self) -> Ints:
        """Return a number for each entry: of its kind, and of how long ago what it reads was computed or read last."""
        touched = np.concatenate([np.arange(len(self.entries)), self.reads])
        place = np.concatenate([np.arange(len(self.entries)), self._reader])
        order = np.argsort(touched, kind="stable")
        age = np.full(len(touched), -1)
        age[order[1:]] = np.where(np.diff(touched[order]) == 0, np.diff(place[order]), -1)
        slot = np.arange(len(self.reads)) - self.first[self._reader]
        sums = np.concatenate([[0], np.cumsum((age[len(self.entries) :] + 2) * (2 * slot + 3) ** 7)])
        keys: Ints = self.kinds * 1_000_003_000_037 + sums[self.first[1:]] - sums[self.first[:-1]]
        return keys

    def best(self, low: int, high: int) -> Range | None:
        """Return the range between two places that saves the most, or None if nothing is repeated there."""
        best, most = None, 0
        for middle, period in self._periods(low, high):
            found = self._range(low, high, middle, period)
            saved = self._saved(found) if found else 0
            if saved > most:
                best, most = found, saved
                if saved > 0.9 * (high - low):
                    break
        inner = best and self.best(best.start + best.period, best.start + 2 * best.period)
        return inner if inner and best and self._saved(inner) * best.rounds > most else best

    def _saved(self, found: Range) -> int:
        """Return how many entries a loop saves, less those numbers that it has to read from lists."""
        reads = self._matrix(found)
        moves = np.diff(reads, axis=0)
        is_listed = (reads < found.start).all(0) & (moves != moves[0]).any(0)
        listed = len(np.unique(reads[:, is_listed], axis=1).T) if is_listed.any() else 0
        return (found.rounds - 1) * found.period - found.rounds * listed

    def _periods(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield where the entries seem to repeat themselves, and after how many of them.

        They do if their keys are the same; or their kinds alone, because rounds may read what they want from before.
        """
        if high - low < _MIN_ENTRIES:
            return
        tried: set[tuple[int, int]] = set()
        for text in self._texts:
            for k in sorted(range(1, _PROBES), key=lambda k: (k & -k, -k), reverse=True):
                middle = low + (high - low) * k // _PROBES
                for length in _PATTERNS:
                    found = text.find(text[middle : middle + length], middle + 1, high)
                    if found > 0 and middle + length < high:
                        periods = {(middle, times * (found - middle)) for times in (1, 2, 3)} - tried
                        tried |= periods
                        yield from sorted(place for place in periods if sum(place) < high)

    def _range(self, low: int, high: int, middle: int, period: int) -> Range | None:
        """Return the rounds around `middle`, if they are enough for a loop."""
        above = middle + self._count_same(middle, high - period, period)
        below = middle - self._count_same(middle, low, period)
        start = self._cut(below, above, period)
        for first in (start - period, start, start + period):  # the first round may compute what all rounds read
            found = Range(first, period, (above + period - first) // period)
            is_long = found.rounds >= _MIN_ROUNDS and found.rounds * period >= _MIN_ENTRIES
            if first >= low and is_long and self._is_loop(found):
                return found
        return None

    def _count_same(self, start: int, stop: int, period: int) -> int:
        """Count the entries from `start` towards `stop` that do the same as those a period later."""
        count, size = 0, _CHUNK
        step = 1 if stop > start else -1
        while count < abs(stop - start):
            size = min(size, abs(stop - start) - count)
            place = start + step * count
            a, b = sorted((place, place + step * size))
            same = self._same(a, b, period)[::step]
            count += len(same) if same.all() else int(same.argmin())
            if not same.all():
                break
            size *= 2
        return count

    def _same(self, a: int, b: int, period: int) -> Flags:
        """Check which entries from a to b do the same as those a period later; far away, they may read anything."""
        same: Flags = self.kinds[a:b] == self.kinds[a + period : b + period]
        sizes = np.diff(self.first[a : b + 1])
        reader = np.repeat(np.arange(a, b)[same], sizes[same])
        slot = np.arange(len(reader)) - np.repeat(np.cumsum(sizes[same]) - sizes[same], sizes[same])
        x, y = self.reads[self.first[reader] + slot], self.reads[self.first[reader + period] + slot]
        is_far = ((x < 0) | (reader - x > period)) & ((y < 0) | (reader + period - y > period))
        is_wrong = (x != y) & (y - x != period) & ~is_far
        same[reader[is_wrong] - a] = False
        return same

    def _cut(self, low: int, high: int, period: int) -> int:
        """Return the place from `low` on where rounds start so that the fewest numbers are carried to the next."""
        middle = low + (high - low) // period // 2 * period
        stop = middle + period
        reads, readers = (x[self.first[middle] : self.first[stop]] for x in (self.reads, self._reader))
        is_carried = reads >= low
        reads, readers = reads[is_carried], readers[is_carried]
        last = np.zeros(period, np.int64)  # distance of the last reader
        np.maximum.at(last, (reads - low) % period, np.minimum(readers - reads, period))
        change = np.zeros(2 * period + 2, np.int64)
        np.add.at(change, np.arange(period) + 1, 1)
        np.add.at(change, np.arange(period) + 1 + last, -1)
        crossing = np.cumsum(change)
        crossing = crossing[:period] + crossing[period : 2 * period]
        cuts = np.flatnonzero(self.is_cut[middle:stop])
        return low + int(cuts[crossing[cuts].argmin()]) if len(cuts) else low

    def _matrix(self, found: Range) -> Ints:
        """Return the numbers of all that is read in a range: a row for each round."""
        rows: Ints = self.reads[self.first[found.start] : self.first[found.stop]].reshape(found.rounds, -1)
        return rows

    def columns(self, places: Ints) -> Ints:
        """Return the numbers of what entries of one kind read: a row for each of their reads."""
        first = self.first[places]
        slots = np.arange(self.first[places[0] + 1] - first[0])
        columns: Ints = self.reads[first + slots[:, None]]
        return columns

    def with_inputs(self, found: Range, low: int) -> Ints:
        """Return the places of a loop and, from `low` on, of what is computed for its rounds: a row for each round."""
        columns, inputs = [*found.places.T], []
        readers: Counter[bytes] = Counter()
        for column in columns:
            for numbers in self.columns(column):
                readers[numbers.tobytes()] += 1
                if self._are_inputs(numbers, low, found.start, readers[numbers.tobytes()]):
                    columns.append(numbers)
                    inputs.append(numbers)
        inputs.sort(key=lambda numbers: int(numbers[0]))
        return np.column_stack([*inputs, found.places])

    def _are_inputs(self, numbers: Ints, low: int, start: int, uses: int) -> bool:
        """Check if these are entries before a loop, one for each round, that do the same and have so many uses."""
        if not ((numbers >= low) & (numbers < start)).all() or len(np.unique(numbers)) < len(numbers):
            return False
        return bool((self._uses[numbers] == uses).all() and (self.kinds[numbers] == self.kinds[numbers[0]]).all())

    def _is_loop(self, found: Range) -> bool:
        """Check if the rounds read no round but their own, the one before, and what is before the loop."""
        start, period, count, stop = *found, found.stop
        kinds = self.kinds[start:stop].reshape(count, period)
        if (kinds[0] != kinds[1]).any():
            return False
        reads = self._matrix(found)
        place = reads - start - period * np.arange(count)[:, None]
        is_moving = (place[1:] == place[1]).all(0)
        is_here = is_moving & (place[1] >= 0) & (place[0] == place[1])
        is_before = is_moving & (place[1] < 0) & (place[1] >= -period) & (reads[0] < start)
        is_outside = (reads < start).all(0)
        if not (is_here | is_before | is_outside).all():
            return False
        firsts: dict[int, int] = {}
        pairs = zip(place[1, is_before].tolist(), reads[0, is_before].tolist())
        return all(firsts.setdefault(at, x) == x for at, x in pairs)


def _text(keys: Ints) -> str:
    """Return a character for each key, because Python finds strings in strings in linear time."""
    codes = np.unique(keys, return_inverse=True)[1].ravel().astype("<u4")
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
