"""Build the XML of exports: elements from nested data, and the question of a worksheet as HTML with LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from xml.etree import ElementTree as ET

from autograd.printing.latex import LaTeX
from autograd.printing.table import Table
from autograd.printing.webpage import Html
from autograd.terminal import printable
from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.sheet_formats import Format

BLANK = "\x00"  # cannot occur in a sheet
Content = str | float | Sequence[ET.Element] | None


def element(tag: str, content: Content = None, **attributes: str) -> ET.Element:
    """Return an element with a text, a number or child elements as its `content`.

    >>> ET.tostring(element("answer", [element("text", -0.25)], fraction="100"), encoding="unicode")
    '<answer fraction="100"><text>-0.25</text></answer>'
    """
    made = ET.Element(tag, {name: printable(value) for name, value in attributes.items()})
    if isinstance(content, str):
        made.text = printable(content, but="\n")
    elif isinstance(content, (int, float)):
        made.text = repr(content)
    else:
        made.extend(content or [])
    return made


def text_in(tag: str, text: str = "") -> ET.Element:
    """Return an element that holds HTML in the way of Moodle: <tag format="html"><text>...</text></tag>."""
    return element(tag, [element("text", text)], format="html")


def document(root: ET.Element) -> bytes:
    """Return the XML document of `root`. Its first line is the XML declaration."""
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def title_of(name: str, sheet: Exercise) -> str:
    """Return the title of the question for a sheet with this `name`."""
    title = sheet.title or f"Gradients of {sheet.names[sheet.loss]}"
    return f"{title}: {name}" if name else title


def formats(inert: Callable[[str], str]) -> Format:
    r"""Return the format of Moodle: HTML, with LaTeX between \( and \).

    `inert` escapes what would be code of the platform in the texts and formulas of a sheet.
    """
    return Format(
        LaTeX,
        lambda text: Html(inert(escape(text))),
        lambda code: Html(inert(rf"\({escape(code)}\)")),
        "<h4>{}</h4>".format,
        "<p>{}</p>".format,
        lambda rows: Table(rows).html(),
        Html(BLANK),
    )


def body(sheet: Exercise, fmt: Format, blanks: Iterable[str]) -> str:
    """Return the question as HTML, with the code of each of the `blanks` in backward order."""
    codes = dict(zip(sheet.asked, blanks))
    *sentences, table = sheet.parts(fmt)[1:]
    first, *rest = table.split(BLANK)
    cells = [codes[node] for node in sheet.nodes if node in codes]
    return "\n".join([*sentences, first + "".join(map("".join, zip(cells, rest)))])
