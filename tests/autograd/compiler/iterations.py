"""Recurrences: functions of two numbers that repeat themselves in all kinds of ways, and random ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, cos, dot, minimum, op, sin, tanh, total, where

half = op("half", lambda x: float(x) / 2, lambda x, y: [0.5])


def lotka_volterra(a: Any, b: Any) -> Any:
    x, y = 1.5, 0.8
    for _ in range(60):
        x, y = x + 0.01 * (a * x - b * x * y), y + 0.01 * (b * x * y - a * y)
    return (x - 1) ** 2 + (y - 1) ** 2


def heun(a: Any, b: Any) -> Any:
    """An invariant that is computed before, and a start that is computed."""
    x, rate = a * b, sin(a) / 10
    for _ in range(50):
        slope = rate * cos(x)
        x = x + 0.5 * (slope + rate * cos(x + slope))
    return x


def all_rounds_are_read(a: Any, b: Any) -> Any:
    x, seen = b, []
    for _ in range(60):
        x = a * x * (1 - x)
        seen.append(x)
    return total([tanh(x) * x for x in seen]) + seen[3] * seen[40]


def a_sum_along_the_way(a: Any, b: Any) -> Any:
    x, loss = a, 0.0
    for i in range(60):
        x = tanh(b * x + a)
        loss = loss + (x - math.sin(i)) ** 2
    return loss


def leapfrog(a: Any, b: Any) -> Any:
    """Each round reads the two before."""
    before, x = a, b
    for _ in range(80):
        before, x = x, 2 * x - before - 0.01 * sin(x)
    return x


def two_loops(a: Any, b: Any) -> Any:
    x = a
    for _ in range(60):
        x = tanh(b * x) + 0.1
    y = x * x
    for _ in range(60):
        y = cos(y * x) - b
    return y + x


def branches(a: Any, b: Any) -> Any:
    x = a
    for _ in range(60):
        x = where(x > 0, x - b / 3, half(x) + a)
    return x


def two_starts_of_which_one_has_no_gradient(a: Any, b: Any) -> Any:
    x, y = 1.0, 2.0
    for _ in range(60):
        x, y = x * 0.99 + 0.01, y + 0.1 * sin(a * y) * x
    return x * y + b


def gradients_every_other_round(a: Any, b: Any) -> Any:
    """What depends on `a` and what does not take turns."""
    x, y, loss = sin(a), sin(Value(0.3)), b
    for _ in range(60):
        x, y = sin(y), cos(x)
        loss = loss + x * y
    return loss


def more_terms_than_a_sum_has(a: Any, b: Any) -> Any:
    """The gradients of the round and of the round before are both added up in parts."""
    x, y = a, b
    for _ in range(40):
        w = tanh(x * y + b)
        x = dot([w, total([x * b for _ in range(30)])], [x, 0.01])
        y = tanh(y + x)
    return x * y


def powers(a: Any, b: Any) -> Any:
    x = a
    for _ in range(60):
        x = x + 0.01 * x**2 - b * 0.01 * x**1.5
    return x


RECURRENCES = [
    lotka_volterra, heun, all_rounds_are_read, a_sum_along_the_way, leapfrog, two_loops, branches,
    two_starts_of_which_one_has_no_gradient, powers,
]  # fmt: skip


RANDOM_OPS: list[Callable[..., Any]] = [
    lambda a, b, c: sin(a),
    lambda a, b, c: tanh(a * b),
    lambda a, b, c: a - b,
    lambda a, b, c: where(a > b, b, c),
    lambda a, b, c: minimum(a, b) + c,
    lambda a, b, c: total([a * 0.01] * 25 + [b, c]),
    lambda a, b, c: (a * a + 1) ** -1.5,
]


def random_recurrence(seed: int, leaves: Sequence[Any]) -> list[Any]:
    """Return the roots of a recurrence with random rounds, a function of four leaves."""
    rng = random.Random(seed)
    states = [sin(x) if rng.random() < 0.5 else x for x in leaves[:3]]
    rounds, reach, turn = rng.choice([40, 60]), rng.choice([1, 1, 1, 2, 3]), rng.choice([0, 0, 1, 2])
    body = [(rng.choice(RANDOM_OPS), [rng.random() for _ in range(3)]) for _ in range(rng.randint(1, 6))]
    halved, first, ends = rng.random() < 0.2, rng.random() < 0.2, rng.choice([0, 5, rounds])
    seen: list[Any] = [states[0]] * 3
    loss = []
    for k in range(rounds):
        pool = [*states, leaves[3], seen[k // 2 if halved else max(k - 1, 0) if first else -reach]]
        for f, picks in body:
            pool.append(f(*(pool[int(pick * len(pool))] for pick in picks)))
        seen.append(sin(pool[-1]))
        states = [tanh(x) for x in (pool[-1], pool[-2], states[0])]
        states = states[turn:] + states[:turn]
        if k < ends:
            loss.append(states[1] * states[0])
    return [total([*states, *loss]), rng.choice(seen), seen[-1]]
