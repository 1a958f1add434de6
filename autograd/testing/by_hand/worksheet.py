"""`Worksheet`: a page for paper, as text, Markdown, HTML, LaTeX or PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograd.files import write_file
from autograd.printing.webpage import html_page
from autograd.terminal import printed
from autograd.testing.by_hand.sheet_formats import HTML, LATEX, MARKDOWN, TEXT, Format

_STYLE = """:root { --line: #8c959f; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font-size: 16px; line-height: 1.5; }
svg { display: block; max-width: 100%; height: auto; margin: 1.5rem auto; }
table { width: 100%; }
caption { display: none; }
th, td { padding: 0.4rem 0.8rem 0.4rem 0; }
tr, svg { break-inside: avoid; }
math { white-space: nowrap; }
.blank { display: block; min-width: 11rem; height: 2.2rem; border: 1px solid var(--line); color: transparent; }
@media print { body { margin: 0; padding: 0; max-width: none; } svg { max-height: 9cm; } }"""

_DOCUMENT = r"""\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=22mm]{geometry}
\usepackage{amsmath,longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{1ex}
\begin{document}
%s
\end{document}
"""


@printed
class Worksheet:
    """A page with a heading, sentences, a table and, in HTML, a picture. It prints as text.

    `text`, `markdown`, `html` and `latex` return the page in these formats. `html` is one self-contained file, `latex`
    a document; notebooks show the content of the page.
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
        return "\n\n".join(self.parts(TEXT))

    @property
    def markdown(self) -> str:
        """The worksheet as Markdown."""
        return "\n\n".join(self.parts(MARKDOWN)) + "\n"

    @property
    def html(self) -> str:
        """The worksheet as an HTML page."""
        return html_page(self.parts(TEXT)[0].partition("\n")[0], self._repr_html_(), _STYLE)

    @property
    def latex(self) -> str:
        """The worksheet as a LaTeX document, for pdflatex with amsmath."""
        return _DOCUMENT % "\n\n".join(self.parts(LATEX))

    @property
    def pdf(self) -> bytes:
        """The worksheet as a PDF document. This needs `chainrule[pdf]`."""
        from autograd.testing.by_hand.paper import to_pdf

        return to_pdf(self.html)

    def writers(self) -> dict[str, Callable[[], str | bytes]]:
        """Return a function for each extension that a file may have."""
        return {
            ".txt": lambda: f"{self.text}\n",
            ".md": lambda: self.markdown,
            ".html": lambda: self.html,
            ".tex": lambda: self.latex,
            ".pdf": lambda: self.pdf,
        }

    def save(self, path: str | Path) -> Path:
        """Write the worksheet to a file and return its path. The extension determines the format.

        If an error occurs, an existing file stays unchanged.
        """
        path, writers = Path(path), self.writers()
        write = writers.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"the file name must end in one of {', '.join(writers)}, got {path.name!r}")
        write_file(path, write())
        return path

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        *sentences, table = self.parts(HTML)
        return "\n".join([*sentences, self.picture(), table])
