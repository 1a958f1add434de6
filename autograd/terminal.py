"""Prepare text for terminals: remove control characters, shorten labels, replace characters the output lacks."""

from __future__ import annotations

import sys
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO, TypeVar

    Printed = TypeVar("Printed", bound=type[Any])

MAX_CHARACTERS = 40
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_SPELLED = {
    "·": "*", "×": "x", "−": "-", "±": "+-", "√": "sqrt", "∂": "d", "∞": "inf", "⁄": "/",
    "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "─": "-", "│": "|", "├": "|", "└": "`",
    "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def printable(text: str, but: str = "") -> str:
    r"""Replace the characters of `text` that are not printable by spaces, except those in `but`.

    These include control characters, which begin escape sequences, marks of text direction, and lone surrogates.

    >>> printable("\x1b[31mred")
    ' [31mred'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() or c in but else " " for c in text)


def one_line(text: str) -> str:
    r"""Return `text` as one line of printable characters.

    >>> one_line("two\nlines, \x1b[31mred")
    'two lines, [31mred'
    """
    return " ".join(printable(text).split())


def shorten(text: str, most: int) -> str:
    """Cut `text` to `most` characters, the last of which is then an ellipsis.

    >>> shorten("a very long name", 12)
    'a very long…'
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def plain(text: str, most: int = MAX_CHARACTERS) -> str:
    r"""Return `text` as one line of at most `most` printable characters, or U+FFFD if it has no printable ones.

    >>> plain("two\nlines, the second of them long", 20)
    'two lines, the seco…'
    """
    return shorten(one_line(text) or "\ufffd" * bool(text.strip()), most)


def encodable(text: str, encoding: str) -> str:
    """Replace the characters of `text` that `encoding` lacks by others that it has.

    The columns of a table stay aligned if there is room.

    >>> encodable("∂y/∂x = 2·x² → 3·α", "ascii")
    'dy/dx = 2*x^2 -> 3*alpha'
    >>> encodable("∂y/∂x = 2·x²", "latin-1")
    'dy/dx = 2·x²'
    """
    import re

    def is_known(piece: str) -> bool:
        try:
            piece.encode(encoding)
        except UnicodeError:
            return False
        return True

    def power(run: re.Match[str]) -> str:
        return run[0] if is_known(run[0]) else "^" + run[0].translate(str.maketrans(_SUPERSCRIPTS, "0123456789-"))

    def cell(found: re.Match[str]) -> str:
        written = re.sub(f"[{_SUPERSCRIPTS}]+", power, found[1]).translate(spelled)
        room = len(found[0]) - len(written)
        return written + " " * max(room, len(found[2][:2]))

    spelled = {ord(c): _spelled(c, is_known) for c in set(text) if not is_known(c)}
    return re.sub(r"([^\n ]+(?: [^\n ]+)*)( {2,}|)", cell, text)


def _spelled(c: str, is_known: Callable[[str], bool]) -> str:
    """Spell the character `c` by a similar sign, its Greek name, its letter without accent, or its code point."""
    import unicodedata

    if c in _SPELLED:
        return _SPELLED[c]
    letter = unicodedata.normalize("NFKD", c)
    name = unicodedata.name(letter[0], "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        return name[-1].lower() if "SMALL" in name else name[-1].capitalize()
    spelled = "".join(_SPELLED.get(x, x) for x in letter if not unicodedata.combining(x))
    return spelled if spelled and is_known(spelled) else c.encode("ascii", "backslashreplace").decode()


def for_stdout(text: str) -> str:
    """Return `text` as sys.stdout can show it: printable lines, in characters of its encoding."""
    if text.isascii() and text.isprintable():
        return text
    text = printable(text, but="\n\t")
    encoding = getattr(sys.stdout, "encoding", None)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeError:
        return encodable(text, encoding or "utf-8")
    except (LookupError, TypeError):  # a custom stream
        pass
    return text


def printed(cls: Printed) -> Printed:
    """Decorate a class so that `str` and `repr` return only characters that sys.stdout can show."""
    for name in ("__str__", "__repr__"):
        if method := vars(cls).get(name):
            setattr(cls, name, wraps(method)(lambda self, method=method: for_stdout(method(self))))
    return cls


class Readable:
    """A text stream that replaces characters its `stream` cannot encode, instead of raising an error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, as `encodable` spells it if the stream cannot encode it."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            return self._stream.write(encodable(text, getattr(self._stream, "encoding", None) or "ascii"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
