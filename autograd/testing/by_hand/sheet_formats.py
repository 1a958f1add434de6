"""The formats of a worksheet: plain text, Markdown, HTML and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from autograd.printing.formulas import Writing
from autograd.printing.latex import LaTeX
from autograd.printing.mathml import MathML, math_element
from autograd.printing.notation import Written
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.printing.webpage import Html
from autograd.terminal import encodable


class Format(NamedTuple):
    """A file format: the `writing` of formulas, and functions that write the parts of a page.

    `text` escapes text, `math` marks the code of a formula.
    """

    writing: Writing
    text: Callable[[str], str]
    math: Callable[[str], str]
    heading: Callable[[str], str]
    sentence: Callable[[str], str]
    table: Callable[[Sequence[Sequence[str]]], str]
    blank: str = "______"

    def equal(self, *pieces: Written | str) -> str:
        """Write an equation of several pieces."""
        return self.math(self.writing.equal(*pieces))


def for_markdown(text: str) -> str:
    r"""Escape `text` for Markdown, so that it cannot end a table cell or begin code, a link or a formula.

    >>> print(for_markdown("|w_1| [see](www.example.org)"))
    \|w\_1\| \[see\](www\.example.org)
    """
    return re.sub(r"(?i)[\\`*_{}\[\]<>#|~^$&!:@]|(?<=www)\.", r"\\\g<0>", text)


_LATEX_SIGNS = {c: f"\\{c}" for c in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def for_latex(text: str) -> str:
    r"""Escape `text` for LaTeX. Letters that a European font lacks are spelled.

    >>> print(for_latex("50% of {α}"))
    50\% of \{alpha\}
    """
    return "".join(_LATEX_SIGNS.get(c, c) for c in encodable(text, "latin-1"))


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    heads, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([heads, "|" + " --- |" * len(rows[0]), *body])


def _latex_table(rows: Sequence[Sequence[str]]) -> str:
    heads, *body = (rf"{' & '.join(row)} \\" for row in rows)
    columns = "l" * len(rows[0])
    lines = [rf"\begin{{longtable}}{{{columns}}}", heads, r"\hline \endhead", *body, r"\end{longtable}"]
    return "\n".join(lines)


TEXT = Format(Text, str, str, lambda text: f"{text}\n{'=' * len(text)}", str, lambda rows: Table(rows).text())
MARKDOWN = Format(Text, for_markdown, for_markdown, "## {}".format, str, _markdown_table)
HTML = Format(
    MathML,
    lambda text: Html(escape(text)),
    math_element,
    "<h2>{}</h2>".format,
    "<p>{}</p>".format,
    lambda rows: Table(rows, "Gradients").html(),
    Html('<span class="blank">______</span>'),
)
LATEX = Format(
    LaTeX,
    for_latex,
    "${}$".format,
    r"\section*{{{}}}".format,
    str,
    _latex_table,
    r"\rule[-2ex]{8em}{0.4pt}\rule{0pt}{5ex}",
)
