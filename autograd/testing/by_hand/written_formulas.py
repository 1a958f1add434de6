"""`WrittenFormula`: read a formula as students write it and as `formula` prints it, such as −3/8, 1,5 or 2·x²."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Protocol

from autograd.parsing import ExpressionError, evaluate, is_reserved
from autograd.terminal import plain

MAX_CHARACTERS = 1000

_SIGNS = str.maketrans(
    dict.fromkeys("−–‐‑", "-") | dict.fromkeys("·×⋅∙", "*") | dict.fromkeys("\xa0\u202f\u2009", " ")
    | {"÷": "/", "⁄": "/", "π": "pi", "∞": "inf", "≤": "<=", "≥": ">=", "^": "**"}
)  # fmt: skip
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_LOWERED = str.maketrans(_RAISED, "0123456789-")
_LETTER = rf"[^\W\d_{_RAISED}]"
_COEFFICIENT = rf"(\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)(?=[(√]|(?![eE][+-]?\d){_LETTER})"  # a number before a name
_REWRITTEN = (
    (r"√\s*(?=\()", "sqrt"),
    (r"√\s*([\w.]+)", r"sqrt(\1)"),
    (r"\|([^|]+)\|", r"abs(\1)"),
    (r"⌊(.+)/(.+?)⌋", r"floordiv(\1, \2)"),
    (r"\[([^\[\],]*[<>][^\[\],]*)\]", r"(1 if \1 else 0)"),
    (r"\bmod\b", "%"),
)


class Numbers(Protocol):
    """Numbers or nodes by name, such as a dict."""

    def __getitem__(self, name: str, /) -> Any: ...


class WrittenFormula:
    """The formula `text` in the given `names`.

    >>> f = WrittenFormula("2·x² − 1,5", ["x", "y"])
    >>> f.names, f({"x": 3.0})
    (['x'], 16.5)

    A comma between digits is a decimal comma, except between the arguments of a function. Raise an ExpressionError,
    which is a ValueError, if the text cannot be read.
    """

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        if len(text) > MAX_CHARACTERS:
            raise ExpressionError(f"an answer must have at most {MAX_CHARACTERS:,} characters, got {len(text):,}", text)
        if "…" in text:
            raise ExpressionError("the formula is abbreviated: write all of its terms", text, text.index("…"))
        identifiers = {name: _identifier(name, i) for i, name in enumerate(names)}
        longest_first = sorted(identifiers, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(_whole, longest_first)) or '(?!)'})", _with_products(text))
        self._code = _rewritten("".join(identifiers.get(piece, piece) for piece in pieces))
        self.names = [name for name in identifiers if name in pieces]
        self._identifiers = {name: identifiers[name] for name in self.names}
        for unknown in names_in(self._code):
            if unknown not in self._identifiers.values():
                known = f"the names are: {', '.join([*identifiers][:20])}" if identifiers else "write a number"
                raise ExpressionError(f"{unknown} is not a name here; {known}", plain(text, MAX_CHARACTERS))

    def __call__(self, values: Numbers) -> Any:
        """Compute the formula at the `values`, which are numbers or nodes by name."""
        result = evaluate(self._code, {code: values[name] for name, code in self._identifiers.items()})
        if isinstance(result, (list, bool)):
            kind = "list" if isinstance(result, list) else "comparison"
            raise ExpressionError(f"the formula must give a number, got a {kind}", self._code)
        return result


def names_of(text: str) -> list[str]:
    """Return the names in a formula as students write it, in order of appearance.

    >>> names_of("w·x² + 1,5")
    ['w', 'x']
    """
    return names_in(_rewritten(_with_products(text)))


def names_in(code: str) -> list[str]:
    """Return the names in a formula, without those of functions and constants, in order of appearance.

    >>> names_in("2*w*sin(x) + 1e3*pi")
    ['w', 'x']
    """
    words = re.findall(r"(?<![\w.])[^\W\d]\w*", code)
    return [word for word in dict.fromkeys(words) if not (is_reserved(word) or keyword.iskeyword(word))]


def _identifier(name: str, number: int) -> str:
    """Return an identifier that stands for `name` in the code: itself, if possible."""
    if name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name:
        return name
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', name)}_{number}_"


def _whole(name: str) -> str:
    """Return a pattern that finds `name`, but not as a part of a longer one or as a function."""
    start = r"(?<![\w.])" if name[:1].isalnum() else ""
    end = rf"(?![^\W{_RAISED}]|\s*\()" if name[-1:].isalnum() else ""
    return start + re.escape(name) + end


def _rewritten(text: str) -> str:
    """Return the formula `text` in the notation of Python."""
    text = re.sub(f"[{_RAISED}]+", lambda run: f"**({run[0].translate(_LOWERED)})", text).translate(_SIGNS)
    text = _with_decimal_points(text)
    for pattern, replacement in _REWRITTEN:
        text = re.sub(pattern, replacement, text)
    return _with_products(text)


def _with_products(text: str) -> str:
    """Write the products in 2x, 6(x + 1) and (x + 1)(x - 1) with an asterisk. Raise an ExpressionError for 1/2x."""
    if ambiguous := re.search(rf"/\s*{_COEFFICIENT}", text):
        problem = "put brackets after the slash, because 1/2x may mean 1/(2x) or (1/2)x"
        raise ExpressionError(problem, plain(text, MAX_CHARACTERS), ambiguous.start())
    text = re.sub(rf"(?<![\w.,]){_COEFFICIENT}", r"\1*", text)
    return re.sub(rf"\)(?=[(√]|{_LETTER})", ")*", text)


def _with_decimal_points(text: str) -> str:
    """Replace decimal commas by points. Raise an ExpressionError for separators of thousands, as in 1,234.5."""
    pieces, is_call = list[str](), [False]
    for found in re.finditer(r"(?P<open>\w?\s*[(\[])|(?P<close>[)\]])|(?P<number>\d[\d.,]*)|[^\W\d]\w*|\s|.", text):
        piece = found[0]
        if found["open"]:
            is_call.append(piece[-1] == "[" or piece[0].isalnum() or _ends_with_name(pieces))
        elif found["close"]:
            is_call = is_call[:-1] or [False]
        elif found["number"] and not is_call[-1] and "," in piece.rstrip(","):
            if not re.fullmatch(r"\d+,\d+", piece):
                wanted = f"a number must have one decimal point or comma and no separators of thousands, got {piece}"
                raise ExpressionError(wanted, plain(text, MAX_CHARACTERS), found.start())
            piece = piece.replace(",", ".")
        pieces.append(piece)
    return "".join(pieces)


def _ends_with_name(pieces: list[str]) -> bool:
    before = next((piece for piece in reversed(pieces) if not piece.isspace()), "")
    return before.isidentifier()
