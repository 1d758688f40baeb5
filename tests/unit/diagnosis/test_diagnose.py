"""Diagnosing one node: every rule is asked, and none stops the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.capture.procfs import kernel_log, stat, vmstat
from fleetscan.diagnosis.diagnose import diagnose, readings
from fleetscan.diagnosis.investigation import investigate
from fleetscan.diagnosis.rule import AnyRule, Rule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.thresholds import NO_LIMITS
from fleetscan.errors import AbsentError
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    CreditMode,
    Credits,
    Evidence,
    Finding,
    Node,
    Readings,
    Sample,
    Severity,
    Window,
)
from fleetscan.model.memory import History, Reading
from tests.fixtures.windows import MIB, affected_node, one_sample, parsed, queues

NODE = Node(instance_id="i-0a1b2c3d4e5f67890")
ANSWERED = Coverage(status=CaptureStatus.ANSWERED)


def rule(name: str, check: Callable[[Window], Evidence | None]) -> AnyRule:
    """Return a rule of this name."""
    return Rule(
        id=name,
        severity=Severity.CRITICAL,
        title=f"title of {name}",
        remedy=f"remedy of {name}",
        limits=NO_LIMITS,
        check=lambda window, _: check(window),
    )


def fires(name: str, severity: Severity) -> AnyRule:
    """Return a rule that always fires."""
    return rule(name, lambda _: Evidence(severity=severity, text=name, measured=1.0, limit=1.0))


def skips(_: Window) -> Evidence | None:
    """Find no evidence."""
    raise AbsentError("meminfo was not in the capture")


def breaks(_: Window) -> Evidence | None:
    """Stumble over something that a node sent."""
    raise ZeroDivisionError("division by \x1b[31mzero" + "x" * 100)


def test_one_broken_rule_never_stops_the_rest() -> None:
    """A bug is kept as the rule's failure, in short printable words; the others are asked all the same."""
    rules = [fires("a", Severity.INFO), rule("b", breaks), rule("c", skips), rule("d", lambda _: None)]
    found = diagnose(NODE, one_sample(), ANSWERED, rules=[*rules, fires("e", Severity.INFO)])

    assert [finding.rule for finding in found.findings] == ["a", "e"]
    assert found.skipped == {"c": "meminfo was not in the capture"}
    assert found.failed == {"b": r"ZeroDivisionError: 'division by \x1b[31mzeroxxxxxxxxxxxxxxxxxxx...'"}


def test_the_worst_finding_comes_first_and_equals_keep_the_order_of_the_catalogue() -> None:
    """Two warnings, a critical and an information."""
    rules = [
        fires("w1", Severity.WARNING),
        fires("i1", Severity.INFO),
        fires("c1", Severity.CRITICAL),
        fires("w2", Severity.WARNING),
    ]
    found = diagnose(NODE, one_sample(), ANSWERED, rules=rules)

    assert [finding.rule for finding in found.findings] == ["c1", "w1", "w2", "i1"]
    assert found.severity is Severity.CRITICAL


def test_a_finding_joins_the_evidence_with_the_rules_own_words() -> None:
    """Title and remedy are the rule's, the rest is what it saw."""
    evidence = Evidence(severity=Severity.WARNING, text="w", measured=1.0, limit=1.0)
    expected = (Finding(rule="w", title="title of w", remedy="remedy of w", evidence=evidence),)

    assert expected == diagnose(NODE, one_sample(), ANSWERED, rules=[fires("w", Severity.WARNING)]).findings


@pytest.mark.parametrize("credit", [None, Credits(mode=CreditMode.UNLIMITED, balance=0.0)])
def test_rules_can_ask_for_coverage_and_credits(credit: Credits | None) -> None:
    """They are put into the last sample; credits that were not read are absent."""
    seen: list[tuple[Coverage, Credits | None]] = []

    def look(window: Window) -> Evidence | None:
        seen.append((window.last[Coverage], window.last.get(Credits)))
        return None

    diagnose(NODE, one_sample(), ANSWERED, credit, rules=[rule("look", look)])

    assert seen == [(ANSWERED, credit)]


def test_the_investigation_sees_the_findings() -> None:
    """Its steps are those of the same window and the same findings."""
    window = affected_node()
    found = diagnose(NODE, window, ANSWERED)
    seen = Window(first=window.first, last=window.last.with_values(ANSWERED), seconds=window.seconds)

    assert investigate(seen, found.findings) == found.steps


def test_a_node_that_did_not_answer_is_skipped_by_all_that_need_its_evidence() -> None:
    """Nothing fires but what is about the silence itself, and nothing breaks."""
    silent = Coverage(status=CaptureStatus.TIMED_OUT, reason="no answer within 60 s")
    found = diagnose(NODE, Window(first=Sample(), last=Sample()), silent)

    assert found.failed == {}
    assert {finding.rule for finding in found.findings} <= {"node_unreachable", "node_not_scannable"}
    assert "slab_unreclaimable_high" in found.skipped or "slab_unreclaimable_high" not in {one.id for one in RULES}
    assert found.readings == Readings()


def test_the_oom_kills_are_kept_for_the_stories_of_pods() -> None:
    """The newest twenty; a node that did not say is told from one that killed nothing."""
    kills = [
        f"oom_kill {age} oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/,task=java,pid={age}"
        for age in range(60, 90)
    ]
    log = kernel_log.parse("\n".join(["read lines=99 oldest_age_seconds=1186000", *kills]))
    found = diagnose(NODE, one_sample(log), ANSWERED, rules=[]).oom_kills

    assert found is not None
    assert [kill.pid for kill in found] == [*range(60, 80)]
    assert diagnose(NODE, one_sample(vmstat.parse("oom_kill 0")), ANSWERED, rules=[]).oom_kills == ()
    assert diagnose(NODE, one_sample(), ANSWERED, rules=[]).oom_kills is None


def test_the_readings_are_the_numbers_of_the_last_sample() -> None:
    """Sizes, pressure and buffers of the incident's affected node; what was not read stays unknown."""
    expected = Readings(
        memory_total_bytes=3936 * MIB,
        memory_free_bytes=86 * MIB,
        memory_available_bytes=735 * MIB,
        slab_unreclaimable_bytes=2143 * MIB,
        swap_total_bytes=1048 * MIB,
        swap_free_bytes=549 * MIB,
        memory_some_avg60_percent=98.9,
        memory_full_avg60_percent=63.91,
        load1=34.04,
        cpus=2,
        socket_buffers_total=1_657_980,
        socket_held_bytes=7,
        uptime_seconds=1186401.52,
        swapped_in_pages=40_127_918,
        swapped_out_pages=41_885_412,
    )
    window = affected_node(
        queues("packet host 7 - 12 811 tcpdump - - -"),
        parsed("loadavg", "34.04 25.03 22.70 38/812 20191"),
        parsed("uptime", "1186401.52 0.00"),
    )

    assert expected == readings(window)


def test_shares_of_the_cpu_come_from_both_samples() -> None:
    """Of 1,000 ticks 900 were busy and 50 stolen."""
    window = Window(
        first=Sample([stat.parse("cpu 100 0 0 100 0 0 0 100")]),
        last=Sample([stat.parse("cpu 900 0 100 150 0 0 0 150")]),
        seconds=5.0,
    )

    assert readings(window) == Readings(cpu_busy_ratio=0.9, cpu_steal_ratio=0.05)


def test_counters_that_ran_backwards_are_not_a_share() -> None:
    """A steal counter did so on Linux 4.4."""
    window = Window(
        first=Sample([stat.parse("cpu 100 0 0 100 0 0 0 832457433")]),
        last=Sample([stat.parse("cpu 900 0 100 150 0 0 0 0")]),
        seconds=5.0,
    )

    assert readings(window) == Readings()


NOW = 1_800_000_000
BOOT_ID = "3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"


def leaking(hours: float, mib_per_hour: int = 200) -> tuple[Reading, ...]:
    """Return the readings of a node of the incident's size that has leaked slab for so long, five minutes apart."""
    ages = range(int(hours * 3_600), 0, -300)
    return tuple(
        Reading(
            at_epoch_seconds=NOW - age,
            boot_id=BOOT_ID[:8],
            memory_total_bytes=3936 * MIB,
            memory_available_bytes=735 * MIB + age * mib_per_hour * MIB // 3_600,
            slab_unreclaimable_bytes=2143 * MIB - age * mib_per_hour * MIB // 3_600,
        )
        for age in ages
    )


def test_a_node_whose_past_is_known_has_a_date_of_death() -> None:
    """The incident's affected node, which lost 200 MiB an hour: 635 MiB above the floor are three hours."""
    window = affected_node(parsed("host", f"boot_id {BOOT_ID}\ncpus 2"))
    found = diagnose(NODE, window, ANSWERED, history=History(at_epoch_seconds=NOW, readings=leaking(6)))
    rules = {finding.rule: finding.severity for finding in found.findings}

    assert found.failed == {}
    assert found.runway is not None
    assert (found.runway.limited_by, found.runway.text) == ("slab_unreclaimable", "in 3 to 4 h")
    assert found.runway.hours == pytest.approx(3.2, abs=0.1)
    assert rules["slab_growing"] is rules["memory_runway_short"] is Severity.CRITICAL


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (None, "no history of earlier scans is kept"),
        (History(at_epoch_seconds=NOW), "not enough history since boot: 1 reading over 0 s"),
        (
            History(at_epoch_seconds=NOW, readings=leaking(1)),
            "not enough history since boot: 13 readings over 1 h",
        ),
        (
            History(at_epoch_seconds=NOW, problem="the stored history is empty"),
            "the history of earlier scans could not be read: the stored history is empty",
        ),
        (
            History(at_epoch_seconds=NOW, readings=tuple(replace(one, boot_id="ffffffff") for one in leaking(6))),
            "not enough history since boot: 1 reading over 0 s",
        ),
    ],
)
def test_a_node_whose_past_is_not_known_has_none_and_says_why(history: History | None, reason: str) -> None:
    """Skipped, not well: no memory, a new node, too short a time, a damaged ring, another boot."""
    window = affected_node(parsed("host", f"boot_id {BOOT_ID}\ncpus 2"))
    found = diagnose(NODE, window, ANSWERED, history=history)

    assert found.runway is None
    assert {found.skipped["slab_growing"], found.skipped["memory_runway_short"]} == {reason}


def test_a_silent_node_s_past_does_not_speak_for_it() -> None:
    """Its memory says when it answered last, and nothing of how it is."""
    silent = Coverage(status=CaptureStatus.TIMED_OUT)
    history = History(at_epoch_seconds=NOW, readings=leaking(6))
    found = diagnose(NODE, Window(first=Sample(), last=Sample()), silent, history=history)

    assert {finding.rule: finding.severity for finding in found.findings} == {"node_unreachable": Severity.CRITICAL}
    assert found.skipped["slab_growing"] == "the node did not respond in this scan"
    assert found.runway is None
