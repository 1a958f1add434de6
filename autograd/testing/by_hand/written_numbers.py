"""Read a number as students write it: with a decimal comma, a minus sign of typography, or as a fraction."""

from __future__ import annotations

import math
import re
import unicodedata

from autograd.terminal import plain

_MINUS = str.maketrans(dict.fromkeys("−–—‒﹣－", "-") | {"⁄": "/", "∕": "/", "÷": "/", "’": "'"})
_NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?"
MAX_LENGTH = 60


def read_number(text: str) -> float:
    """Return the number that `text` stands for. Raise ValueError with the reason if it is none.

    >>> read_number("−0,25"), read_number("-3/8"), read_number("= 1.5E2")
    (-0.25, -0.375, 150.0)
    """
    plain_text = unicodedata.normalize("NFKC", text[: MAX_LENGTH + 1]).translate(_MINUS)
    short = re.sub(r"\s", "", plain_text).removeprefix("'").removeprefix("=")
    if re.search(r"\d[.,]\d*[.,]|\d'\d", short):
        raise ValueError(f"{plain(text)!r} is ambiguous: write the number without a separator of thousands")
    fraction = re.fullmatch(rf"({_NUMBER})(?:/({_NUMBER}))?", short)
    if len(text) > MAX_LENGTH or not fraction or re.search(r"\d\s+\d", plain_text):
        raise ValueError(f"{plain(text)!r} is not a number")
    above, below = (float(part.replace(",", ".")) for part in (fraction[1], fraction[2] or "1"))
    number = above / below if below else math.nan
    if not math.isfinite(number):
        raise ValueError(f"{plain(text)!r} is not a finite number")
    return number
