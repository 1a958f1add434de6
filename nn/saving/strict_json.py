"""JSON from files that nobody vouches for: parsed strictly, checked field by field, laid out for readers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from reprlib import repr as shortened
from typing import Any

from ..shared import items_of

MAX_LEVELS = 64
_MAX_LINE = 110
_MAX_DIGITS = 300  # of a whole number, which a float has room for


def parse(content: bytes) -> Any:
    """Parse JSON text; a key that appears twice in an object is an error. Numbers may still be infinite or nan.

    >>> parse(b'{"nin": 2, "nin": 3}')
    Traceback (most recent call last):
    ValueError: the key 'nin' is there twice in one object
    """
    if not content.strip():
        raise ValueError("this is empty")
    try:
        return json.loads(
            content.decode(),
            object_pairs_hook=_unique,
            parse_int=lambda digits: int(digits) if len(digits) <= _MAX_DIGITS else float(digits),
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not text in UTF-8: {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON, or only a part of it: {error}") from None
    except RecursionError:
        raise ValueError(f"this must be at most {MAX_LEVELS} levels deep") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, x in pairs:
        if key in found:
            raise ValueError(f"the key {shortened(key)} is there twice in one object")
        found[key] = x
    return found


def layout(x: Any, indent: str = "") -> str:
    """Write `x` as JSON with a line for each row: a list or dict of plain data, or a short one of such rows.

    >>> print(layout({"neurons": [{"w": [0.5, -1.0], "b": 0.0}, {"w": [2.0, 3.0], "b": 0.1}]}))
    {
      "neurons": [
        {"w": [0.5, -1.0], "b": 0.0},
        {"w": [2.0, 3.0], "b": 0.1}
      ]
    }
    """
    line = json.dumps(x, ensure_ascii=False, allow_nan=False)
    inner = [y for part in _parts(x) for y in _parts(part)]
    if not inner or (len(line) <= _MAX_LINE and not any(map(_parts, inner))):
        return line
    deeper = f"{indent}  "
    lines = [layout(part, deeper) for part in _parts(x)]
    if isinstance(x, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {line}" for key, line in zip(x, lines)]
    first, last = "{}" if isinstance(x, dict) else "[]"
    return f"{first}\n" + ",\n".join(deeper + line for line in lines) + f"\n{indent}{last}"


def _parts(x: Any) -> Sequence[Any]:
    return list(x.values()) if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()


def leaves(x: Any, name: str, levels: int = MAX_LEVELS) -> Iterator[tuple[str, Any]]:
    """Yield what is in nested lists and dicts and is neither, with its dotted name.

    >>> dict(leaves({"w": [1.0, 2.0], "b": 3.0}, "parameters"))
    {'parameters.w.0': 1.0, 'parameters.w.1': 2.0, 'parameters.b': 3.0}
    """
    check_that(levels > 0, name, f"at most {MAX_LEVELS} levels deep", x)
    if not isinstance(x, (dict, list, tuple)):
        yield name, x
        return
    for key, part in items_of(x):
        check_that(is_text(key) or not isinstance(x, dict), f"a key of {name}", "text in UTF-8", key)
        yield from leaves(part, f"{name}.{key}", levels - 1)


def check_that(is_right: bool, name: str, wanted: str, x: object) -> None:
    """Raise a ValueError that says that what has this `name` must be as `wanted`, and is `x`, unless `is_right`."""
    if not is_right:
        raise ValueError(f"{name if name.isprintable() else shortened(name)} must be {wanted}, got {shortened(x)}")


def check_keys(x: Any, name: str, required: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Check that `x` is an object with the `required` keys and no others but the `optional` ones."""
    known = ", ".join((*required, *optional))
    check_that(isinstance(x, dict), name, f"an object with the keys {known}", x)
    for key in [*required, *x]:
        if key not in x:
            raise ValueError(f"{name} lacks the key {key}")
        if key not in required and key not in optional:
            raise ValueError(f"{name} has the unknown key {shortened(key)}; its keys are {known}")


def is_size(x: Any) -> bool:
    """Say whether `x` is a whole number of at least 1."""
    return isinstance(x, int) and not isinstance(x, bool) and x >= 1


def is_number(x: Any) -> bool:
    """Say whether `x` is a finite number."""
    return isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x)


def is_text(x: Any) -> bool:
    """Say whether `x` is text that UTF-8 can hold."""
    return isinstance(x, str) and not any("\ud800" <= c <= "\udfff" for c in x)


def check_data(x: Any, name: str) -> None:
    """Check that a JSON file can hold `x` and give it back exactly, but for tuples, which become lists."""
    for where, leaf in leaves(x, name):
        if isinstance(leaf, str):
            check_that(is_text(leaf), where, "text in UTF-8", leaf)
        elif isinstance(leaf, int):
            if abs(leaf) >= 10**_MAX_DIGITS:
                raise ValueError(f"{where} must be a number of at most {_MAX_DIGITS} digits")
        elif leaf is not None:
            kinds = "a finite number, text, True, False, None, or lists and dicts of these"
            check_that(is_number(leaf), where, kinds, leaf)
