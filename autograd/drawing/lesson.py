"""The task of a lesson page, and the code that students hand in."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from autograd.terminal import one_line, printable
from autograd.value import Value

CODE = "chainrule-"  # the start of each code
_MAX_LENGTH = 100_000


class Lesson(NamedTuple):
    """A task: its title, its text, and the names of the nodes whose gradients it asks for."""

    title: str
    text: str
    asked: Mapping[Value, str]

    def html(self) -> str:
        """Return the task, the score and the code as HTML."""
        paragraphs = [one_line(part) for part in printable(self.text, but="\n").split("\n\n") if part.strip()]
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        heading = f"<h1>{escape(one_line(self.title))}</h1>" if self.title else ""
        asked = f"<p>Work backward, and enter the gradients of: {escape(', '.join(self.asked.values()))}.</p>"
        return (
            f'<section class="lesson" aria-label="Task">{heading}{text}{asked}'
            '<p><output id="score"></output> <label>Code to hand in: <input id="code" readonly></label> '
            '<span id="done" role="status"></span></p></section>'
        )


def chosen(ask: Sequence[Value | str] | None, names: Mapping[Value, str], root: Value) -> dict[Value, str]:
    """Return the nodes of `ask`, given as nodes or names, with their names. By default, these are all but the root."""
    if ask is None:
        return {node: name for node, name in names.items() if node is not root}
    by_name = {name: node for node, name in names.items()}
    nodes = [by_name.get(each) if isinstance(each, str) else each if each in names else None for each in ask]
    if isinstance(ask, str) or not ask or None in nodes or root in nodes:
        known = ", ".join([name for node, name in names.items() if node is not root][:20])
        raise ValueError(f"ask must list nodes of the graph: {known}; got {ask!r}")
    return {node: names[node] for node in nodes if node is not None}


def read_code(code: str) -> dict[str, str]:
    """Return the answers in a code that a lesson page shows, by the names of the nodes.

    >>> read_code("chainrule-eyJhIjoiLTAuMjUifQ")
    {'a': '-0.25'}
    """
    text = "".join(code.split())
    if not text.startswith(CODE) or len(text) > _MAX_LENGTH:
        raise ValueError(f"a code must begin with {CODE!r} and have at most {_MAX_LENGTH:,} characters")
    coded = text.removeprefix(CODE)
    try:
        answers = json.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
        return {str(name): str(answer) for name, answer in answers.items()}
    except (ValueError, AttributeError, RecursionError):
        raise ValueError(f"the code is damaged: {one_line(code)[:40]}") from None
