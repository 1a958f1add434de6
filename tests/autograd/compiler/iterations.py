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


def inputs_computed_before(a: Any, b: Any) -> Any:
    """All inputs are prepared before the first round reads one."""
    inputs = [sin(a * i) * b for i in range(60)]
    x = a
    for u in inputs:
        x = tanh(b * x + u)
    return x


def inputs_in_reverse(a: Any, b: Any) -> Any:
    """Inputs that are read twice, from both ends."""
    inputs = [sin(a * i) for i in range(60)]
    x = a
    for u, v in zip(inputs, reversed(inputs)):
        x = tanh(b * x + u) - v
    return x


def layers(a: Any, b: Any) -> Any:
    """The second recurrence reads all results of the first one."""
    x, y, seen = a, b, []
    for _ in range(60):
        x = sin(x * b)
        seen.append(x)
    for x in seen:
        y = tanh(a * y + x)
    return y


def two_paces(a: Any, b: Any) -> Any:
    """A state that takes fewer operations in a round than another one, which reads it, and one that reads that."""
    rate, x, average = a, b, a
    for _ in range(60):
        x = tanh(x * b - sin(rate * x))
        rate = rate * 0.9
        average = average * 0.9 + x
    return average


def rod(a: Any, b: Any) -> Any:
    """Each cell reads its neighbours."""
    u = [a * i for i in range(6)]
    for _ in range(40):
        u = [x + b * (left - 2 * x + right) for left, x, right in zip([0.0, *u], u, [*u[1:], 0.0])]
    return total([x * x for x in u])


def sum_of_products(a: Any, b: Any) -> Any:
    """All states times numbers, and times what was computed before."""
    x, loss, c = a, b, sin(b)
    for i in range(60):
        x = sin(x) * c
        loss = loss - i * x + x * x - x * c
    return loss


def products_over_time(a: Any, b: Any) -> Any:
    x, loss = a, b
    for _ in range(60):
        before, x = x, sin(x) * b
        loss = loss + x * before
    return loss


RECURRENCES = [
    lotka_volterra, heun, all_rounds_are_read, a_sum_along_the_way, leapfrog, two_loops, branches,
    two_starts_of_which_one_has_no_gradient, powers, inputs_computed_before, inputs_in_reverse, layers, two_paces, rod,
    sum_of_products, products_over_time,
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


def random_scan(seed: int, leaves: Sequence[Any]) -> list[Any]:
    """Return the roots of layers of recurrences of vectors, whose inputs are lists; a function of four leaves."""
    rng = random.Random(seed)
    width, rounds = rng.randint(1, 4), rng.choice([20, 33])
    inputs = [[sin(leaves[0] * (i + t)) for i in range(width)] for t in range(rounds)]
    roots = []
    for _ in range(rng.randint(1, 3)):
        f, g = rng.choice(RANDOM_OPS), rng.choice(RANDOM_OPS)
        reach, turn, is_mixed = rng.randint(0, width), rng.choice([0, 0, 1]), rng.random() < 0.5
        x, weights, outputs = [rng.choice(leaves)] * width, rng.choices(leaves, k=width), []
        for t, u in enumerate(inputs):
            near = [x[(i + reach) % width] for i in range(width)]
            x = [tanh(f(a * w, b, c)) for a, w, b, c in zip(x, weights, near, u)]
            x = x[turn:] + x[:turn]
            late = inputs[-1 - t] if is_mixed else u
            outputs.append([sin(g(a, b, w)) for a, b, w in zip(x, late, weights)])
        roots += [total([a * b for a, b in zip(outputs[-1], x)]), total([y for row in outputs for y in row])]
        inputs = outputs[::-1] if rng.random() < 0.3 else outputs
    return [total(roots), *roots]
