"""What a value is: a dataclass that nobody changes. The type checker keeps that law, so that no node pays for it.

``@dataclass(frozen=True)`` keeps it at run time and makes each value several times as slow to build; a scan of 10,000
nodes builds a million of them and more (docs/adr/0030). mypy is strict over code and tests alike and refuses every
assignment to a field, so nothing is left for run time to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import dataclass_transform, overload


@overload
def immutable[T](cls: type[T], /) -> type[T]: ...
@overload
def immutable[T](*, kw_only: bool = True, order: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def immutable[T](
    cls: type[T] | None = None, /, *, kw_only: bool = True, order: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a dataclass with slots that is equal and hashed by its fields; fields are given by keyword by default."""
    decorate: Callable[[type[T]], type[T]] = dataclass(slots=True, unsafe_hash=True, kw_only=kw_only, order=order)
    return decorate if cls is None else decorate(cls)
