"""JSON as the standard has it: each key once, every number finite, nesting bounded."""

from __future__ import annotations

import json
import math
from typing import Any

from purchase_agent.errors import InputError

MAX_DEPTH = 32
"""Levels of nesting in one row; a shopper needs four, a GA4 event five."""
_HINT = "write one JSON object a line, with a JSON library"


def parse_json(text: str, *, hint: str = _HINT) -> Any:
    """JSON as RFC 8259 has it, each key of an object once.

    Raises:
        InputError: says at which column it breaks, or what of it is refused; ``hint`` is its hint unless the fault
            has a better one.
    """
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at column {error.pos + 1}", hint=hint) from error
    except RecursionError as error:
        raise _too_deep(hint) from error
    except ValueError as error:  # Python's own bound on the digits of an integer
        raise InputError("not JSON that can be used: a number of thousands of digits", hint=hint) from error
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper_than(MAX_DEPTH, value):
        raise _too_deep(hint)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                break
            seen.add(key)
        raise InputError(f"the key {key[:80]!r} stands twice in one object", hint="keep one of them", field=key[:80])
    return value


def _refuse_constant(name: str) -> Any:
    raise InputError(f"{name} is not a number in JSON", hint="leave the field out where there is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise InputError("a number too large to be held", hint="leave the field out where there is no number")
    return number


def _too_deep(hint: str) -> InputError:
    return InputError(f"nested more than {MAX_DEPTH} levels deep", hint=hint)


def _deeper_than(levels: int, value: Any) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        below: list[Any] = []
        for one in layer:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        layer = below
    return True


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
