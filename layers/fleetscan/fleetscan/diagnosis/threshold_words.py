"""The description of a threshold: the docstring below its field, read from the source code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent

from fleetscan.diagnosis.thresholds import Threshold


def words(threshold: Threshold) -> str:
    """Return what a threshold means and where its default comes from, in one line."""
    return _words_of(threshold.owner).get(threshold.name, "")


def order_words(threshold: Threshold) -> str:
    """Return what else bounds it, such as ``at least warning_ratio``; empty where nothing does."""
    return ", ".join(f"{_ORDERS[type(mark).__name__]} {mark.other}" for mark in threshold.order)


def below(body: Iterable[ast.stmt]) -> Iterable[tuple[ast.stmt, str]]:
    """Yield each statement that has a docstring below it, with its words."""
    for node, following in pairwise(body):
        if (
            isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            yield node, " ".join(following.value.value.split())


_ORDERS = {"AtLeast": "at least", "AtMost": "at most"}


@cache
def _words_of(owner: type) -> Mapping[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(owner))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        node.target.id: text
        for node, text in below(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
