"""Read derivations with mistakes from a text file: see the head of mistakes.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autograd import Value
from autograd.ops import TABLE, logsumexp, maximum, mean, minimum

FUNCTIONS = {
    **{name: op for name, op in TABLE.items() if op.arity == 1 or name == "hypot"},
    "max": maximum,
    "min": minimum,
    "mean": lambda *xs: mean(xs),
    "logsumexp": lambda *xs: logsumexp(xs),
}


class Mistake(NamedTuple):
    """A wrong gradient of one node, the answers for others, and words for it, any of which will do."""

    line: str
    node: str
    given: float
    others: dict[str, float]
    words: list[str]


def derivations(digits: int = 4) -> Iterator[tuple[Value, list[Mistake]]]:
    """Yield each loss of the file with the mistakes in its derivation, rounded to significant digits."""
    text = Path(__file__).with_suffix(".txt").read_text()
    for block in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n", "", text).strip()):
        leaves, *lines = block.splitlines()
        nodes = {name: Value(float(x), name) for name, x in (part.split("=") for part in leaves.split())}
        definitions = [line for line in lines if re.match(r"\w+ = ", line)]
        for line in definitions:
            name, formula = line.split(" = ", 1)
            nodes[name] = loss = eval(formula, dict(FUNCTIONS), nodes)  # noqa: S307 - the file is ours
            loss.label = name
        numbers = {name: node.data for name, node in nodes.items()}
        yield loss, [_mistake(line, numbers, digits) for line in lines if line not in definitions]


def _mistake(line: str, numbers: dict[str, float], digits: int) -> Mistake:
    head, words, *others = line.split(" | ")
    node, formula = head.split(": ")
    given = eval(formula, FUNCTIONS | {"min": min, "max": max}, numbers)  # noqa: S307
    answers = {name: float(x) for name, x in (other.split(": ") for other in others)}
    return Mistake(line, node, float(f"{float(given):.{digits}g}"), answers, words.lower().split(", "))


def about_the_slip(explanation: str) -> str:
    """The sentences about the slip in an explanation, without the contributions and the definitions of names."""
    others = r"The gradient of .* is .*, not |.* contributes .* times|There are .* more|Here "
    return " ".join(line for line in explanation.splitlines() if not re.match(others, line))
