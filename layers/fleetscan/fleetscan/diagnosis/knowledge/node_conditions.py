"""The list of conditions of a Node and which status of each is bad: ``node_conditions.toml``, read strictly.

A condition that is not in it has a polarity that nobody knows. Its name may hint at one, and what is only hinted at is
information. A malformed entry raises when the list is read, which a test does: the build fails, never a scan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from fleetscan.diagnosis.knowledge.entries import demand_unique, shipped, tables, word
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable
from fleetscan.model.finding import Severity
from fleetscan.model.kubernetes import Status

_SOURCE = "node_conditions.toml"
_FIELDS = {"type", "bad", "severity", "means", "set_by", "source"}
_TYPE = re.compile(r"(?!Ready$)[A-Z][A-Za-z0-9]*")
_BAD = re.compile(r"True|False")
_SEVERITY = re.compile(r"warning|critical")
_SET_BY = re.compile(r"kubelet|network plugin|node monitoring agent|node-problem-detector")
_WORDS = re.compile(r"\S.*")

_GOOD_NAME = re.compile(r"(Ready|Healthy|Available|Synced|Running|Succeeded|OK)$")
"""A condition named after what works: bad where it is False, unless ``Unhealthy`` and the like turn it around."""
_BAD_NAME = re.compile(
    r"(Problem|Unhealthy|Unavailable|Not[A-Z][a-z]+|Pressure|Error|Errors|Failed|Failure|Deadlock|Exhausted|Exceeded|Hung|"
    r"Corrupt|Degraded|Down|Readonly)$|^(Frequent|Corrupt|Readonly)"
)


@immutable
class NodeCondition:
    """One entry of the list."""

    type: str
    bad: Status
    severity: Severity
    means: str
    set_by: str
    source: str

    @property
    def is_confirmed(self) -> bool:
        """Whether who sets it confirms it every few minutes; a network plugin may set its own once and for all."""
        return self.set_by != "network plugin"


@cache
def node_conditions() -> Mapping[str, NodeCondition]:
    """Return the list that ships with the package, by type."""
    return parse(shipped(_SOURCE))


def hinted_bad(kind: str) -> Status | None:
    """Return which status of a condition that is not in the list is bad by its name; None where the name is silent."""
    if _BAD_NAME.search(kind):
        return Status.TRUE
    return Status.FALSE if _GOOD_NAME.search(kind) else None


def parse(text: str) -> Mapping[str, NodeCondition]:
    """Return the list by type; ParseError for anything that is not as it should be."""
    found = [_entry(one) for one in tables(text, _SOURCE, "condition")]
    demand_unique(_SOURCE, "condition", (one.type for one in found))
    return {one.type: one for one in found}


def _entry(table: object) -> NodeCondition:
    if not isinstance(table, dict) or table.keys() != _FIELDS:
        raise ParseError(_SOURCE, 0, f"a condition must have {', '.join(sorted(_FIELDS))} and nothing else")
    kind = word(_SOURCE, "a condition", "type", table["type"], _TYPE)
    return NodeCondition(
        type=kind,
        bad=Status(word(_SOURCE, kind, "bad", table["bad"], _BAD)),
        severity=Severity(word(_SOURCE, kind, "severity", table["severity"], _SEVERITY)),
        means=word(_SOURCE, kind, "means", table["means"], _WORDS),
        set_by=word(_SOURCE, kind, "set_by", table["set_by"], _SET_BY),
        source=word(_SOURCE, kind, "source", table["source"], _WORDS),
    )
