"""`Sheet`: a page for paper, written once and put down as text, as Markdown and as HTML."""

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


class Form(NamedTuple):
    """How a sheet is put down in one format: formulas in a `writing`, and what makes the parts of a page of text."""

    writing: Writing
    math: Callable[[str], str]
    heading: Callable[[str], str]
    sentence: Callable[[str], str]
    table: Callable[[Sequence[Sequence[str]]], str]
    blank: str = "______"

    def equal(self, *pieces: Written | str) -> str:
        """Write that pieces of a formula are equal."""
        return self.math(self.writing.equal(*pieces))


@printed
class Sheet:
    """A page with a heading, sentences, a table and, as HTML, a picture. It prints as text.

    `text`, `markdown` and `html` are the same in other forms, `html` being one self-contained page; a notebook shows
    what is on that page.
    """

    def parts(self, form: Form) -> list[str]:
        """Return heading, sentences and table in one format."""
        raise NotImplementedError

    def picture(self) -> str:
        """Return the picture as HTML."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The sheet as plain text."""
        return "\n\n".join(self.parts(_TEXT))

    @property
    def markdown(self) -> str:
        """The sheet as Markdown."""
        return "\n\n".join(self.parts(_MARKDOWN)) + "\n"

    @property
    def html(self) -> str:
        """The sheet as a page of HTML."""
        return html_page(self.parts(_TEXT)[0].partition("\n")[0], self._repr_html_(), _STYLE)

    def save(self, path: str | Path) -> Path:
        """Write the sheet to a file, as its name ends: in .txt, .md or .html. Return its path.

        An error leaves the old file as it was.
        """
        path = Path(path)
        writers = {".txt": lambda: f"{self.text}\n", ".md": lambda: self.markdown, ".html": lambda: self.html}
        write = writers.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"a sheet is saved in a file that ends in {', '.join(writers)}, not {path.name!r}")
        write_file(path, write())
        return path

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        *sentences, table = self.parts(_HTML)
        return "\n".join([*sentences, self.picture(), table])


def _escaped(text: str) -> str:
    r"""Return `text` such that Markdown shows it as it is: no table cell ends, no code, link or formula begins.

    >>> print(_escaped("|w_1| [see](www.example.org)"))
    \|w\_1\| \[see\](www\.example.org)
    """
    return re.sub(r"(?i)[\\`*_{}\[\]<>#|~^$&!:@]|(?<=www)\.", r"\\\g<0>", text)


def _underlined(heading: str) -> str:
    return f"{heading}\n{'=' * len(heading)}"


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    heads, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([heads, "|" + " --- |" * len(rows[0]), *body])


def _text_table(rows: Sequence[Sequence[str]]) -> str:
    return Table(rows).text()


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    return Table(rows, "Gradients").html()


_TEXT = Form(Text, str, _underlined, str, _text_table)
_MARKDOWN = Form(Text, _escaped, "## {}".format, str, _markdown_table)
_BLANK = Html('<span class="blank">______</span>')
_HTML = Form(MathML, math_element, "<h2>{}</h2>".format, "<p>{}</p>".format, _html_table, _BLANK)
