"""Find which numbers in the rounds of loops are read elsewhere, in programs on single numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.compiler.ir import Loop, Part, View, views


def rows_read(parts: Sequence[Part]) -> set[int]:
    """Return the rows of S that are read outside of the loops that compute them."""
    found: set[int] = set()
    for part in parts:
        loop = (part.adjoint_of or part) if isinstance(part, Loop) else None
        made = {int(s.target.rows[0]) for s in loop.body} if loop else set()
        for statement in part.body if isinstance(part, Loop) else [part]:
            for view in views(statement.value):
                row = int(view.rows.flat[0])
                if view.buffer == "S" and not (view.step and (row in made or row + view.step in made)):
                    found.update(view.in_rounds(loop.rounds if loop else 1).ravel().tolist())
    return found


def moving(loop: Loop) -> Iterator[View]:
    """Yield the views in the body of a loop that are others in each round."""
    yield from (x for s in loop.body for x in views(s.value) if x.step)


def rows_kept(parts: Sequence[Part], results: Sequence[int]) -> set[int]:
    """Return the rows, in the first round, of what loops compute for the `results`, other parts or their adjoints."""
    loops = [part for part in parts if isinstance(part, Loop)]
    outside = rows_read(parts).union(results) if loops else set()
    kept: set[int] = set()
    for loop in loops:
        if loop.adjoint_of:
            kept.update(int(x.rows[0]) for x in moving(loop) if x.buffer == "S")
        else:
            rows = ((s.target, s.target.in_rounds(loop.rounds).ravel().tolist()) for s in loop.body)
            kept.update(int(target.rows[0]) for target, numbers in rows if not outside.isdisjoint(numbers))
    return kept
