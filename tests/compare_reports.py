#!/usr/bin/env python3
"""Compare two reports in JSON, such as those of ``fleetscan demo --json`` before and after a change of words.

They may differ in the words of sentences, in the words of a node's condition, in the order of nodes and in what a clock
was read for, and in nothing else. Each other difference is printed, and the exit code is 1::

    python tests/compare_reports.py BEFORE AFTER
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None

WORDS = frozenset({"title", "evidence", "remedy", "headline"})
"""Keys whose text may be another one. The headline is made of titles and of the words of conditions."""

SENTENCES = frozenset({"reason", "question", "text", "listed", "maintained", "still_needed"})
"""Keys of other sentences for people: that there is one is compared, not how it is put. So are the reasons under
``skipped``, each at its rule, and the ``notes``, whose number counts."""

CONDITIONS: Mapping[str, str] = {"dying": "critical", "sick": "critical", "warned": "warning", "well": "healthy"}
"""Old word of a condition -> new one; ``failing`` is ``critical`` with ``is_failing_now`` beside it."""

CLOCK = frozenset(
    {
        "scan_id",
        "started_at",
        "duration_seconds",
        "at",
        "since",
        "launched_at",
        "opened_at",
        "seen_at",
        "told_at",
        "judged_at",
        "resolved_at",
        "created_at",
        "changed_at",
        "died_at",
        "first_at",
        "lease_renewed_at",
    }
)
"""Keys that hold a moment or a time that passed: they differ from run to run."""

_CLOCK_WORDS = re.compile(r"\b(\d\d:\d\d:\d\d|\d+ (?:d|h|min|s)|(?:\d+y)?\d+d|\d+[hm])\b")
"""The same inside of a sentence."""

_NODES = frozenset({"nodes", "instance_ids"})
"""Keys whose lists are in the order of nodes."""


def differences(before: Value, after: Value) -> Iterator[str]:
    """Yield a line for each difference that may not be."""
    yield from _differences(_normal(before), _normal(after), "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the differences of two files; return 1 where there is one."""
    names = sys.argv[1:] if arguments is None else arguments
    if len(names) != 2:
        sys.stderr.write("usage: compare_reports.py BEFORE AFTER\n")
        return 2
    before, after = (json.loads(Path(name).read_text(encoding="utf-8")) for name in names)
    found = list(differences(before, after))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


def _normal(value: Value, key: str = "") -> Value:
    """Return a value as it is compared: without what may differ, nodes by their id, conditions by their new words."""
    if isinstance(value, dict):
        if key == "by_condition":
            return _counted(value)
        if key == "skipped":
            return dict.fromkeys(value, "a sentence")
        known = {name: _normal(one, name) for name, one in value.items() if name not in WORDS | CLOCK}
        if "condition" in known:
            word = str(known["condition"])
            known["condition"] = CONDITIONS.get(word, word)
            known.setdefault("is_failing_now", word == "dying")
        return known
    if isinstance(value, list):
        ordered = [_normal(one, key) for one in value]
        return sorted(ordered, key=_name) if key in _NODES else ordered
    if isinstance(value, str):
        is_sentence = bool(value) and (key in SENTENCES or key == "notes")
        return "a sentence" if is_sentence else _CLOCK_WORDS.sub("#", value)
    return value


def _counted(by_condition: Mapping[str, Value]) -> Value:
    counted: Counter[str] = Counter()
    for word, number in by_condition.items():
        counted[CONDITIONS.get(word, word)] += int(str(number))
    return dict(counted)


def _name(node: Value) -> str:
    return str(node.get("instance_id")) if isinstance(node, dict) else str(node)


def _differences(before: Value, after: Value, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            here = f"{path}.{key}".lstrip(".")
            if key not in after:
                yield f"{here}: is gone"
            elif key not in before:
                yield f"{here}: is new"
            else:
                yield from _differences(before[key], after[key], here)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path}: has {len(after)} entries, had {len(before)}"
        for place, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from _differences(old, new, f"{path}[{place}]")
    elif before != after or type(before) is not type(after):
        yield f"{path}: is {after!r}, was {before!r}"


if __name__ == "__main__":
    sys.exit(main())
