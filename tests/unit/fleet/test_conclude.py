"""A report of single nodes gets what all of them together say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fleetscan.fleet.conclude import concluded
from fleetscan.fleet.known_software import KnownSoftware
from fleetscan.fleet.root_cause import conclusions, root_causes
from fleetscan.model import Report
from fleetscan.model.finding import Cause
from tests.fixtures.compared_fleet import EVERYWHERE, GIB, SCOPE, holder, node, slab, suspect

POD = "weave/weave-scope-agent-x7k2p"
NOTHING = KnownSoftware(listed=(), agents=())


def test_root_causes_and_what_stays_unattributed_are_both_in_the_report() -> None:
    """One cluster has a root cause, the other one none."""
    held = [
        node(at, (*EVERYWHERE, SCOPE), [slab(Cause.SOCKET_QUEUE, [suspect(POD, 0.9)])], holders=[holder(POD, GIB)])
        for at in range(3)
    ]
    unknown = [node(100 + at, findings=[slab()], cluster="other") for at in range(3)]
    diagnoses = (*held, *unknown)
    report = Report(
        scan_id="1", started_at=datetime(2026, 1, 15, tzinfo=UTC), duration_seconds=9.0, diagnoses=diagnoses
    )
    found = concluded(report, NOTHING)
    without = [one.unattributed for one in conclusions(diagnoses, NOTHING) if one.unattributed]

    assert (found.culprits, found.unattributed) == (root_causes(diagnoses, NOTHING), tuple(without))
    assert [one.name for one in found.culprits] == ["weave/weave-scope-agent"]
    assert [one.cluster for one in found.unattributed] == ["other"]
    assert replace(found, culprits=(), unattributed=(), audit=report.audit) == report
