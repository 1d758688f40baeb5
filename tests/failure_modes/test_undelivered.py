"""Nodes and a Systems Manager that are not heard: every node stays accounted for, and what was known of it stays known.

A finding on a node that does not answer is neither resolved nor reported again; once it is back, nothing has changed.
"""

from __future__ import annotations

from collections import Counter

import pytest

from fleetscan.aws.clients import READ_TIMEOUT_SECONDS
from simulator.faults import Faults
from simulator.fleet import Fate
from simulator.recorded_commands import Tempo
from tests.failure_modes.conftest import Calm
from tests.failure_modes.stage import NODES, accounted, leaking_fleet, staged

THIRD: dict[str, dict[int, Fate]] = {
    "a sick and a well one lose their connection": {0: "connection_lost", 4: "connection_lost"},
    "one hangs and one never takes the command": {1: "hangs", 5: "never_delivered"},
    "both are no longer registered": {2: "not_registered", 3: "not_registered"},
}


@pytest.mark.parametrize("fates", THIRD.values(), ids=list(THIRD))
def test_a_third_of_the_nodes_offline_resolves_nothing_and_is_reported_once(fates: dict[int, Fate], calm: Calm) -> None:
    """They are reported by name, the coverage alarm rings, and their findings wait for them."""
    cast = leaking_fleet()
    with staged() as stage:
        stage.scan(0)
        stage.become(cast.with_fates({cast.ids[number]: fate for number, fate in fates.items()}))
        dark = [stage.scan(minute) for minute in (5, 10, 15, 20)]
        coverage = stage.alarm("Coverage")
        open_in_the_dark, reported_meanwhile = stage.open, stage.reported - calm.reported
        stage.become(cast)
        back = [stage.scan(minute) for minute in (25, 30, 35)]
        reported = stage.reported - calm.reported - reported_meanwhile

        assert [accounted(answer) for answer in dark] == [(NODES, NODES - len(fates))] * 4
        assert [accounted(answer) for answer in back] == [(NODES, NODES)] * 3
        assert calm.episodes < open_in_the_dark
        assert {change.split()[-1] for change in reported_meanwhile} == {"node_unreachable"}
        assert {kind.split()[0] for kind in reported_meanwhile} == {"opened"}
        assert (coverage, stage.alarm("Coverage"), stage.alarm("ScanMissing")) == ("ALARM", "OK", "OK")
        assert (stage.open, stage.owed) == (calm.episodes, set())
        assert reported == Counter(change.replace("opened", "resolved") for change in reported_meanwhile)


def test_instances_that_are_terminated_in_mid_scan_are_gone_and_not_affected(calm: Calm) -> None:
    """An autoscaler removes an affected and a healthy node during the scan: no gap in coverage, nothing unreachable."""
    cast = leaking_fleet()
    taken = (cast.ids[0], cast.ids[4])
    with staged() as stage:
        stage.scan(0)
        stage.become(cast.with_fates(dict.fromkeys(taken, "terminated")))
        during, after = stage.scan(5), stage.scan(10)
        later = [stage.scan(15), stage.scan(20)]
        reported = stage.reported - calm.reported

        assert (accounted(during), accounted(after)) == ((NODES, NODES - 2), (NODES - 2, NODES - 2))
        assert [accounted(answer) for answer in later] == [(NODES - 2, NODES - 2)] * 2
        assert stage.alarm("Coverage") == "OK"
        assert {change.split()[0] for change in reported} == {"resolved"}
        assert "node_unreachable" not in {change.split()[-1] for change in stage.reported}
        # What the other two affected nodes have goes on; what only the one that is gone had is over.
        assert {print_.split("#")[0] for print_ in calm.episodes - stage.open} == {
            "cpu_outside_pods",
            "load_high",
            "memory_overcommitted",
            "memory_pressure_high",
            "swap_thrashing",
        }


SYSTEMS_MANAGER = {
    "sends nothing": Faults(failing=frozenset({"ssm:SendCommand"})),
    "says nothing": Faults(failing=frozenset({"ssm:ListCommands", "ssm:ListCommandInvocations"})),
    "fails": Faults(failing=frozenset({"ssm:*"})),
    "lets nothing through": Faults(throttled=frozenset({"ssm:*"})),
    "does not answer": Faults(silent=frozenset({"ssm:*"}), silence_seconds=READ_TIMEOUT_SECONDS),
    "does not answer when it is asked for results": Faults(
        silent=frozenset({"ssm:ListCommands", "ssm:ListCommandInvocations"}), silence_seconds=READ_TIMEOUT_SECONDS
    ),
}


@pytest.mark.parametrize("faults", SYSTEMS_MANAGER.values(), ids=list(SYSTEMS_MANAGER))
def test_a_systems_manager_that_is_out_leaves_every_node_accounted_for(faults: Faults, calm: Calm) -> None:
    """The scan ends in time and says of each node why nothing is known; what was open stays open."""
    with staged() as stage:
        stage.scan(0)
        stage.aws.set_faults(faults)
        dark = [stage.scan(5), stage.scan(10), stage.scan(15), stage.scan(20)]
        alarms = (stage.alarm("Coverage"), stage.alarm("ScanMissing"), stage.alarm("ScanErrors"))
        unreachable = stage.reported - calm.reported
        open_in_the_dark = stage.open
        stage.aws.set_faults(Faults())
        back = [stage.scan(minute) for minute in (25, 30, 35)]

        assert [accounted(answer) for answer in dark] == [(NODES, 0)] * 4
        assert [accounted(answer) for answer in back] == [(NODES, NODES)] * 3
        assert alarms == ("ALARM", "OK", "OK")
        assert {change.split()[-1] for change in unreachable} == {"node_unreachable"}
        assert set(unreachable.values()) == {1}
        assert calm.episodes <= open_in_the_dark
        assert (stage.open, stage.owed) == (calm.episodes, set())


def test_details_that_are_not_to_be_had_cost_names_and_no_finding(calm: Calm) -> None:
    """GetCommandInvocation is out: the summaries are evaluated, and what they show is reported."""
    with staged(faults=Faults(failing=frozenset({"ssm:GetCommandInvocation"}))) as stage:
        answer = stage.scan(0)
        critical = {change.split()[-1] for change in stage.reported if change.startswith("opened critical")}

        assert accounted(answer) == (NODES, NODES)
        assert critical >= {"slab_unreclaimable_high", "memory_pressure_high", "load_high"}
        assert {rule.split("#")[0] for rule in calm.episodes} <= {print_.split("#")[0] for print_ in stage.open} | {
            "image_abandoned",
            "packet_capture_running",
            "socket_buffers_held",
        }


@pytest.mark.parametrize(("pickup_seconds", "answered"), [(12.0, NODES), (100_000.0, 0)])
def test_answers_that_come_late_are_waited_for_until_the_deadline(
    pickup_seconds: float, answered: int, calm: Calm
) -> None:
    """Agents that take a while are heard; those that take longer than a scan has are timed out, and heard next time."""
    with staged(tempo=Tempo(slow_share=0.0, pickup_seconds=pickup_seconds)) as stage:
        late = stage.scan(0)
        messages = stage.reported
        stage.aws.tempo(Tempo(slow_share=0.0))
        healed = [stage.scan(5), stage.scan(10), stage.scan(15)]

        assert accounted(late) == (NODES, answered)
        assert ("opened warning node_unreachable" in messages) is (answered == 0)
        assert [accounted(answer) for answer in healed] == [(NODES, NODES)] * 3
        assert {
            change: number for change, number in stage.reported.items() if "node_unreachable" not in change
        } == calm.reported
        assert (stage.open, stage.owed) == (calm.episodes, set())


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_half_of_all_calls_throttled_is_a_slower_scan_and_nothing_else(seed: int | None, calm: Calm) -> None:
    """Evenly, or by chance with long rows of bad luck: asked again until it works, reported once."""
    with staged(faults=Faults(throttled_share=0.5, throttled_seed=seed)) as stage:
        answers = [stage.scan(0), stage.scan(5), stage.scan(10)]
        calls = stage.aws.calls.counts

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 3
        assert calls["ssm:SendCommand"] > 3
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
        assert (stage.alarm("ScanMissing"), stage.alarm("ScanErrors")) == ("OK", "OK")
