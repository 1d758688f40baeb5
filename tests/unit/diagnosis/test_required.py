"""Healthy must be earned: what a node must have, what its kind need not have, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from fleetscan.capture.procfs import conntrack, filesystems, host, kernel_log, loadavg, sockstat, tcp_mem, uptime
from fleetscan.capture.procfs.host import Host
from fleetscan.diagnosis import traits
from fleetscan.diagnosis.catalogue import REQUIRED
from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.diagnosis.required import FAILED, excuses, unevaluated
from fleetscan.diagnosis.rule import AnyRule, Rule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.thresholds import NO_LIMITS
from fleetscan.diagnosis.traits import (
    CONNECTIONS,
    KERNEL_LOG,
    LOAD,
    MEMORY,
    PRESSURE,
    ROOM,
    SERVICES,
    WRITABLE,
    Required,
)
from fleetscan.model import CaptureStatus, Coverage, Evidence, Node, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

ANSWERED = Coverage(status=CaptureStatus.ANSWERED, version=2)
BOOT = "3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"
HOUR = 3600


def window(*values: object, coverage: Coverage = ANSWERED) -> Window:
    """Return a node of which these are known."""
    return Window(first=Sample(), last=Sample([coverage, *values]))


def names(found: Iterable[Required]) -> set[str]:
    """Return the names of evidence."""
    return {one.name for one in found}


def test_a_live_node_need_not_have_the_table_of_a_module_that_is_not_loaded() -> None:
    """And must have everything else."""
    table = conntrack.parse("10 100")

    assert excuses(window()) == {CONNECTIONS: "the kernel module nf_conntrack is not loaded"}
    assert excuses(window(table)) == {}
    assert excuses(window(coverage=Coverage(status=CaptureStatus.ANSWERED, version=2, lost=("conntrack",)))) == {}


@pytest.mark.parametrize(("line", "expected"), [("pressure none", {"pressure (PSI)"}), ("cpus 2", set())])
def test_a_kernel_that_has_no_pressure_information_need_not_have_it(line: str, expected: set[str]) -> None:
    """It must be known to have none; that nothing was said is not enough."""
    found = excuses(window(host.parse(line), conntrack.parse("1 2")))

    assert names(found) == expected


def test_what_an_agent_in_a_container_cannot_see_is_not_missing() -> None:
    """Bottlerocket owes neither services nor file systems nor the kernel log, and memory and load all the same."""
    hidden = Coverage(status=CaptureStatus.ANSWERED, version=2, hidden=("processes", "pods"))
    found = excuses(window(conntrack.parse("1 2"), coverage=hidden))

    assert found == dict.fromkeys(
        (SERVICES, WRITABLE, ROOM, KERNEL_LOG), "not visible from the agent's container: processes, pods"
    )
    assert not {MEMORY, LOAD, PRESSURE} & found.keys()


def test_version_1_is_evaluated_by_what_it_collects() -> None:
    """Its script says nothing of file systems, and does not tell a kernel without pressure information."""
    found = excuses(window(conntrack.parse("1 2"), coverage=Coverage(status=CaptureStatus.ANSWERED, version=1)))

    assert names(found) == {WRITABLE.name, ROOM.name, PRESSURE.name}


@pytest.mark.parametrize(
    ("text", "is_excused"),
    [
        (None, True),
        ("/ nvme0n1p1 xfs rw rw - - - -", True),
        ("/ nvme0n1p1 xfs rw rw 21464350720 12884901888 10485760 10304512", False),
    ],
)
def test_a_recorded_tree_without_statfs_is_not_unknown_for_it(text: str | None, *, is_excused: bool) -> None:
    """A live node is."""
    values = [] if text is None else [filesystems.parse(text)]
    recorded = Coverage(status=CaptureStatus.ANSWERED, version=2, is_recording=True)
    reason = "room on the file systems was not recorded: the tree has no file statfs"

    assert (excuses(window(*values, coverage=recorded)).get(ROOM) == reason) is is_excused
    assert ROOM not in excuses(window(*values))


@pytest.mark.parametrize(
    ("oldest", "boot", "is_excused"),
    [(HOUR, BOOT, True), (600, BOOT, False), (HOUR, "0" * 36, False)],
)
def test_a_kernel_log_that_reaches_back_to_the_last_scan_is_enough(oldest: int, boot: str, *, is_excused: bool) -> None:
    """What came before was there to be read then; not where the log is shorter, or the last scan saw another boot."""
    history = History(at_epoch_seconds=10_000, readings=(Reading(at_epoch_seconds=9_100, boot_id=BOOT[:8]),))
    log = kernel_log.parse(f"read lines=900 oldest_age_seconds={oldest}")
    found = excuses(window(history, log, host.parse(f"boot_id {boot}")))
    reason = "the kernel log covers only 1.0 h; what came before was there to be read at the last scan"

    assert (found.get(KERNEL_LOG) == reason) is is_excused


def rule(name: str, *, fails: bool = False) -> AnyRule:
    """Return a rule that evaluates the load, or has a bug."""

    def check(window: Window, _: object) -> Evidence | None:
        if fails:
            raise ZeroDivisionError
        window.last[loadavg.Loadavg]
        return None

    return Rule(
        id=name, severity=Severity.CRITICAL, title=name, remedy=name, limits=NO_LIMITS, check=check, required=(LOAD,)
    )


def test_a_skipped_rule_leaves_its_evidence_unevaluated_with_its_own_reason() -> None:
    """One that has a bug does, too; and no excuse covers a bug."""
    reason, with_load = "section loadavg was dropped", window(loadavg.parse("0.1 0.1 0.1 1/200 300"))

    assert unevaluated([rule("a")], with_load, {"a": reason}, {}, {}) == {LOAD.name: reason}
    assert unevaluated([rule("a")], with_load, {"a": reason}, {}, {LOAD: "its kind has none"}) == {}
    assert unevaluated([rule("a")], with_load, {}, {"a": "ZeroDivisionError"}, {LOAD: "its kind has none"}) == {
        LOAD.name: FAILED
    }
    assert unevaluated([rule("a")], with_load, {}, {}, {}) == {}


def test_a_rule_that_answers_without_its_source_has_not_evaluated_it() -> None:
    """It may know a part by another way; the evidence is missing all the same, unless its kind of node has none."""
    answering = replace(rule("a"), check=lambda *_: None)

    assert unevaluated([answering], window(), {}, {}, {}) == {LOAD.name: "Loadavg was not collected"}
    assert unevaluated([answering], window(), {}, {}, {LOAD: "its kind has none"}) == {}


def test_a_rule_with_a_bug_makes_no_node_healthy() -> None:
    """What it was to evaluate, nobody did."""
    found = diagnose(Node(instance_id="i-1"), window(), ANSWERED, rules=[rule("a", fails=True)])

    assert (dict(found.unevaluated), condition(found)) == ({LOAD.name: FAILED}, Condition.UNKNOWN)


def test_a_node_that_did_not_respond_lacks_nothing_but_the_response() -> None:
    """It is unknown already, and why is in its status."""
    silent = Coverage(status=CaptureStatus.TIMED_OUT, reason="no response")
    found = diagnose(Node(instance_id="i-1"), Window(first=Sample(), last=Sample()), silent)

    assert dict(found.unevaluated) == {}
    assert excuses(window(coverage=silent)) == {}
    assert excuses(Window(first=Sample(), last=Sample())) == {}


def test_every_kind_of_required_evidence_has_a_rule_that_evaluates_it() -> None:
    """What no rule evaluates cannot make a node unknown."""
    defined = {one for one in vars(traits).values() if isinstance(one, traits.Required)}

    assert defined == set(REQUIRED)


def test_the_finding_tells_what_was_not_evaluated() -> None:
    """Without any other problem of the output, and with the reasons of the rules."""
    values = (
        uptime.parse("900000 1"),
        loadavg.parse("0.1 0.1 0.1 1/200 300"),
        sockstat.parse("TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 1"),
        tcp_mem.parse("1 2 30000"),
        host.parse("cpus 2\npressure none"),
    )
    found = diagnose(Node(instance_id="i-1"), window(*values), ANSWERED)
    told = next(one for one in found.findings if one.rule == "evidence_incomplete")

    assert Host in window(*values).last
    assert condition(found) is Condition.UNKNOWN
    assert told.severity is Severity.WARNING
    assert told.evidence.text.startswith("memory (meminfo) not evaluated: Meminfo was not collected; ")
    assert set(found.unevaluated) >= {MEMORY.name, SERVICES.name, KERNEL_LOG.name, WRITABLE.name}
    assert not {LOAD.name, PRESSURE.name, CONNECTIONS.name} & set(found.unevaluated)
    assert {rule.id for rule in RULES} >= set(found.skipped)
