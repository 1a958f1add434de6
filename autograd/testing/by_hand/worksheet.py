"""`Worksheet`: a page for paper, as text, Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from autograd.files import write_file
from autograd.printing.formulas import Writing
from autograd.printing.mathml import MathML, math_element
from autograd.printing.notation import Written
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.printing.webpage import Html, html_page
from autograd.terminal import printed

_STYLE = """:root { --line: #8c959f; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font-size: 16px; line-height: 1.5; }
svg { display: block; max-width: 100%; height: auto; margin: 1.5rem auto; }
table { width: 100%; }
caption { display: none; }
th, td { padding: 0.4rem 0.8rem 0.4rem 0; }
tr, svg { break-inside: avoid; }
math { white-space: nowrap; }
.blank { display: block; min-width: 11rem; height: 2.2rem; border: 1px solid var(--line); color: transparent; }"""


class Format(NamedTuple):
    """A file format: the `writing` of formulas, and functions that write the parts of a page."""

    writing: Writing
    math: Callable[[str], str]
    heading: Callable[[str], str]
    sentence: Callable[[str], str]
    table: Callable[[Sequence[Sequence[str]]], str]
    blank: str = "______"

    def equal(self, *pieces: Written | str) -> str:
        """Write an equation of several pieces."""
        return self.math(self.writing.equal(*pieces))


@printed
class Worksheet:
    """A page with a heading, sentences, a table and, in HTML, a picture. It prints as text.

    `text`, `markdown` and `html` return the page in these formats. `html` is one self-contained file, and notebooks
    show its content.
    """

    def parts(self, fmt: Format) -> list[str]:
        """Return the heading, the sentences and the table in the format `fmt`."""
        raise NotImplementedError

    def picture(self) -> str:
        """Return the picture as HTML."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The worksheet as plain text."""
        return "\n\n".join(self.parts(_TEXT))

    @property
    def markdown(self) -> str:
        """The worksheet as Markdown."""
        return "\n\n".join(self.parts(_MARKDOWN)) + "\n"

    @property
    def html(self) -> str:
        """The worksheet as an HTML page."""
        return html_page(self.parts(_TEXT)[0].partition("\n")[0], self._repr_html_(), _STYLE)

    def save(self, path: str | Path) -> Path:
        """Write the worksheet to a file whose name ends in .txt, .md or .html, and return its path.

        If an error occurs, an existing file stays unchanged.
        """
        path = Path(path)
        writers = {".txt": lambda: f"{self.text}\n", ".md": lambda: self.markdown, ".html": lambda: self.html}
        write = writers.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"the file name must end in one of {', '.join(writers)}, got {path.name!r}")
        write_file(path, write())
        return path

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        *sentences, table = self.parts(_HTML)
        return "\n".join([*sentences, self.picture(), table])


def _escaped(text: str) -> str:
    r"""Escape `text` for Markdown, so that it cannot end a table cell or begin code, a link or a formula.

    >>> print(_escaped("|w_1| [see](www.example.org)"))
    \|w\_1\| \[see\](www\.example.org)
    """
    return re.sub(r"(?i)[\\`*_{}\[\]<>#|~^$&!:@]|(?<=www)\.", r"\\\g<0>", text)


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    heads, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([heads, "|" + " --- |" * len(rows[0]), *body])


_TEXT = Format(Text, str, lambda text: f"{text}\n{'=' * len(text)}", str, lambda rows: Table(rows).text())
_MARKDOWN = Format(Text, _escaped, "## {}".format, str, _markdown_table)
_HTML = Format(
    MathML,
    math_element,
    "<h2>{}</h2>".format,
    "<p>{}</p>".format,
    lambda rows: Table(rows, "Gradients").html(),
    Html('<span class="blank">______</span>'),
)
