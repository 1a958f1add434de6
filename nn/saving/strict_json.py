"""Parse, check and lay out JSON, for files from unknown sources."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import isfinite
from reprlib import repr as shortened
from typing import Any

from ..shared import items_of

MAX_LEVELS = 64
_MAX_LINE = 110


def parse(content: bytes) -> Any:
    """Parse JSON text in UTF-8. Raise ValueError if a key is repeated; numbers may be infinite or nan.

    >>> parse(b'{"nin": 2, "nin": 3}')
    Traceback (most recent call last):
    ValueError: the key 'nin' is repeated in one object
    """
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique, parse_int=_integer)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"this is not JSON, or only a part of it: {error}") from None
    except RecursionError:
        raise ValueError(f"JSON must be nested at most {MAX_LEVELS} levels deep") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {shortened(key)} is repeated in one object")
    return found


def _integer(digits: str) -> float:
    return int(digits) if isfinite(float(digits)) else float(digits)


def layout(x: Any, indent: str = "") -> str:
    """Write `x` as JSON, with one line for each row: a list or dict of plain data, or a short one of such rows.

    >>> print(layout({"neurons": [{"w": [0.5, -1.0], "b": 0.0}, {"w": [2.0, 3.0], "b": 0.1}]}))
    {
      "neurons": [
        {"w": [0.5, -1.0], "b": 0.0},
        {"w": [2.0, 3.0], "b": 0.1}
      ]
    }
    """
    line = json.dumps(x, ensure_ascii=False, allow_nan=False)
    parts = _parts(x)
    inner = [y for part in parts for y in _parts(part)]
    if not inner or (len(line) <= _MAX_LINE and not any(map(_parts, inner))):
        return line
    deeper = f"{indent}  "
    lines = [layout(part, deeper) for part in parts]
    if isinstance(x, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {line}" for key, line in zip(x, lines)]
    first, last = "{}" if isinstance(x, dict) else "[]"
    return f"{first}\n" + ",\n".join(deeper + line for line in lines) + f"\n{indent}{last}"


def _parts(x: Any) -> list[Any]:
    return [part for _, part in items_of(x)]


def check_keys(x: Any, place: str, required: Collection[str], optional: Collection[str] = ()) -> None:
    """Raise ValueError unless `x` is a dict with the `required` keys and no others except the `optional` ones."""
    known = ", ".join((*required, *optional))
    if not isinstance(x, dict):
        raise ValueError(f"{place} must be an object with the keys {known}, got {shortened(x)}")
    for key in [*required, *x]:
        if key not in x:
            raise ValueError(f"{place} lacks the key {key}")
        if key not in required and key not in optional:
            raise ValueError(f"{place} has the unknown key {shortened(key)}; its keys are {known}")


def leaves(x: Any, place: str, levels: int = MAX_LEVELS, *, has_lists: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield the data in nested lists and dicts, each with its dotted name.

    >>> dict(leaves({"w": [1.0, 2.0], "b": 3.0}, "parameters"))
    {'parameters.w.0': 1.0, 'parameters.w.1': 2.0, 'parameters.b': 3.0}

    With `has_lists`, raise ValueError for a nested dict whose keys are numbers, which must be a list.
    """
    if not levels:
        raise ValueError(f"{place} must be nested at most {MAX_LEVELS} levels deep")
    for key, part in items_of(x):
        name = f"{place}.{key}"
        if isinstance(x, dict) and not _is_text(key):
            raise ValueError(f"a key of {place} must be text in UTF-8, got {shortened(key)}")
        if has_lists and isinstance(part, dict) and is_numbered(part):
            raise ValueError(f"{name} must be a list, got {shortened(part)}")
        if isinstance(part, (dict, list, tuple)):
            yield from leaves(part, name, levels - 1, has_lists=has_lists)
        else:
            yield name, part


def is_numbered(x: dict[str, Any]) -> bool:
    """Return True if the keys of `x` are 0, 1, 2 and so on, as text."""
    return all(key == str(i) for i, key in enumerate(x))


def check_data(x: Any, place: str) -> None:
    """Raise ValueError unless JSON can hold the dict `x` exactly, except that tuples become lists."""
    if not isinstance(x, dict):
        raise ValueError(f"{place} must be a dict, got {shortened(x)}")
    for where, leaf in leaves(x, place):
        if not (leaf is None or _is_text(leaf) or _is_finite(leaf)):
            wanted = "a finite number, text in UTF-8, True, False, None, or lists and dicts of these"
            raise ValueError(f"{where} must be {wanted}, got {shortened(leaf)}")


def _is_finite(x: Any) -> bool:
    return isinstance(x, (int, float)) and abs(x) <= sys.float_info.max


def _is_text(x: Any) -> bool:
    return isinstance(x, str) and not any("\ud800" <= c <= "\udfff" for c in x)
