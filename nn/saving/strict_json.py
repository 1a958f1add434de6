"""JSON from files that nobody vouches for: read without surprises, checked field by field, written for readers."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from reprlib import Repr
from typing import Any

MOST_LEVELS = 64
_LONGEST_LINE = 110
_LONGEST_WHOLE = 300  # digits, which a float has room for

_short = Repr()
_short.maxstring = _short.maxother = 60


def shown(x: object) -> str:
    """Return `x` for a message: short, however large it is, and without control characters."""
    return _short.repr(x)


def parse(content: bytes) -> Any:
    """Return the data that the JSON text `content` stands for; a ValueError says what is wrong with it.

    Its numbers may be infinite or nan here: the checks of the data, which know the places, refuse them.

    >>> parse(b'{"nin": 2, "nin": 3}')
    Traceback (most recent call last):
    ValueError: the key 'nin' is there twice in one object
    """
    if not content.strip():
        raise ValueError("this is empty")
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not text in UTF-8: {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON, or only a part of it: {error}") from None
    except RecursionError:
        raise _too_deep("this") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, x in pairs:
        if key in found:
            raise ValueError(f"the key {shown(key)} is there twice in one object")
        found[key] = x
    return found


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


def layout(x: Any, indent: str = "") -> str:
    """Return the data `x` as JSON, with a line for each row.

    >>> print(layout({"neurons": [{"w": [0.5, -1.0], "b": 0.0}, {"w": [2.0, 3.0], "b": 0.1}]}))
    {
      "neurons": [
        {"w": [0.5, -1.0], "b": 0.0},
        {"w": [2.0, 3.0], "b": 0.1}
      ]
    }

    A list or dict is one line if it holds no others, or a short line with others that do not.
    """
    if not isinstance(x, (dict, list, tuple)):
        return _plain(x)
    deeper = indent + "  "
    parts = [layout(part, deeper) for part in _parts(x)]
    first, last = "{}" if isinstance(x, dict) else "[]"
    if isinstance(x, dict):
        parts = [f"{_plain(key)}: {part}" for key, part in zip(x, parts)]
    line = f"{first}{', '.join(parts)}{last}"
    inner = [y for part in _parts(x) for y in _parts(part)]
    is_row = not any(map(_parts, _parts(x)))
    if is_row or (len(line) <= _LONGEST_LINE and not any(map(_parts, inner))):
        return line
    return f"{first}\n" + ",\n".join(deeper + part for part in parts) + f"\n{indent}{last}"


def _parts(x: Any) -> Sequence[Any]:
    return list(x.values()) if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()


def _plain(x: Any) -> str:
    return json.dumps(x, ensure_ascii=False, allow_nan=False)


def below(where: str, key: str | int) -> str:
    """Return the place of the part `key`, a name or a number, of what is at the place `where`.

    >>> below("architecture.nouts", 1), below("about", "two words")
    ('architecture.nouts[1]', "about['two words']")
    """
    if isinstance(key, int):
        return f"{where}[{key}]"
    if not (key.isidentifier() and key.isascii() and len(key) <= _short.maxstring):
        return f"{where}[{shown(key)}]"
    return f"{where}.{key}" if where else key


def check_keys(x: Any, where: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return the object `x` at the place `where` ("": the file), if it has the `required` keys and no others."""
    if not isinstance(x, dict):
        raise ValueError(f"{where or 'the file'} is an object with the keys {', '.join(required)}, not {shown(x)}")
    for key in required:
        if key not in x:
            raise ValueError(f"{below(where, key)} is missing")
    for key in x:
        if key not in required and key not in optional:
            known = ", ".join((*required, *optional))
            raise ValueError(f"{below(where, key)} is unknown: the keys of {where or 'the file'} are {known}")
    return x


def check_items(x: Any, where: str, count: int | None = None) -> list[Any]:
    """Return the list `x` at the place `where`, if it has `count` items; without a count, if it has any."""
    if not isinstance(x, list) or not x:
        raise ValueError(f"{where} is a list of at least one item, not {shown(x)}")
    if count is not None and len(x) != count:
        raise ValueError(f"{where} has {shown(count)} items, not {len(x)}")
    return x


def check_whole(x: Any, where: str) -> int:
    """Return the size `x` at the place `where`, if it is a whole number of at least 1."""
    if not isinstance(x, int) or isinstance(x, bool) or x < 1:
        raise ValueError(f"{where} is a whole number of at least 1, not {shown(x)}")
    return x


def check_text(x: Any, where: str) -> str:
    """Return the text `x` at the place `where`, if UTF-8 has all of its characters."""
    if isinstance(x, str):
        with suppress(UnicodeEncodeError):
            x.encode()
            return x
    raise ValueError(f"{where} is text in UTF-8, not {shown(x)}")


def check_number(x: Any, where: str) -> float:
    """Return the number `x` at the place `where` as a float, if it is finite."""
    if not isinstance(x, (int, float)) or isinstance(x, bool) or not math.isfinite(x):
        raise ValueError(f"{where} is a finite number, not {shown(x)}")
    return float(x)


def check_data(x: Any, where: str, levels: int = MOST_LEVELS) -> None:
    """Refuse, at the place `where`, what a file could not hold or give back: of the data `x`, all must be JSON."""
    if levels == 0:
        raise _too_deep(where)
    if isinstance(x, dict):
        for key, part in x.items():
            check_data(part, below(where, check_text(key, f"a key of {where}")), levels - 1)
    elif isinstance(x, (list, tuple)):
        for i, part in enumerate(x):
            check_data(part, below(where, i), levels - 1)
    elif isinstance(x, str):
        check_text(x, where)
    elif isinstance(x, (int, float)):
        _check_size(x, where)
    elif x is not None:
        kinds = "a finite number, text, True, False, None, or lists and dicts of these"
        raise ValueError(f"{where} is {kinds}, not {type(x).__name__}: {shown(x)}")


def _check_size(x: float, where: str) -> None:
    if isinstance(x, float):
        check_number(x, where)
    elif abs(x) >= 10**_LONGEST_WHOLE:
        raise ValueError(f"{where} is a number of at most {_LONGEST_WHOLE} digits")


def _too_deep(where: str) -> ValueError:
    return ValueError(f"{where} has lists and objects within each other, more than {MOST_LEVELS} levels deep")
