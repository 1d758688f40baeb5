"""Kubernetes quantities: ``1.5Gi``, ``100m``, ``2e3``.

    quantity        = number suffix?            number: 1, 1.5, .5, 1.
    suffix          = Ki Mi Gi Ti Pi Ei | n u m k M G T P E | e3 E-3

The grammar is that of apimachinery's ``resource.Quantity``, without signs: requests and limits of memory and CPU are
never negative. Kubernetes rounds up to a whole number, and so does this.
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from fleetscan.errors import ParseError
from fleetscan.numbers import shown

MOST_CHARACTERS = 40
"""Usual ones have at most a dozen; the API server accepts longer ones and rounds them."""
MOST = 2**63 - 1
"""Kubernetes' own maximum: an int64."""

_QUANTITY = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?"
)
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_MILLI = 1_000


def whole(text: str, *, name: str) -> int:
    """Return an amount in its own unit, rounded up: bytes of memory. ParseError if it is not a quantity."""
    return _rounded(_amount(text, name), name)


def milli(text: str, *, name: str) -> int:
    """Return an amount in thousandths of its unit, rounded up: millicores. ParseError if it is not a quantity."""
    return _rounded(_amount(text, name) * _MILLI, name)


def _amount(text: str, name: str) -> Decimal:
    parts = _QUANTITY.fullmatch(text) if len(text) <= MOST_CHARACTERS and text.isascii() else None
    if parts is None:
        raise ParseError("quantity", 0, f"{name} is not a quantity: {shown(text)}")
    suffix = parts["suffix"] or ""
    number = Decimal(parts["number"])
    if suffix in _BINARY:
        return number * _BINARY[suffix]
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]) if suffix else 0
    return number.scaleb(exponent)


def _rounded(amount: Decimal, name: str) -> int:
    if amount > MOST:
        raise ParseError("quantity", 0, f"{name} exceeds the maximum of Kubernetes (int64)")
    return int(amount.to_integral_value(ROUND_CEILING))
