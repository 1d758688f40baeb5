"""The rule packet_capture_running: who captures, and whether that may be what fills the kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.packet_capture_running import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from tests.fixtures.windows import (
    MIB,
    SCOPE,
    cache,
    caches,
    four_kib_pages,
    healthy_node,
    memory,
    one_sample,
    queues,
)

LEAK = (
    four_kib_pages(),
    caches(cache("kmalloc-1k", 400_000, 1024), cache("skbuff_head_cache", 400_000, 256)),
)
CAPTURE = f"packet host 4096 - 12 {SCOPE}"
SUSPECT = Suspect(
    kind="pod",
    name="weave/weave-scope-agent-x7k2p",
    reason="1 packet socket holds 4.0 KiB unread; process scope (pid 4242)",
    image="weaveworks/scope:1.13.2",
)


def test_whoever_captures_is_named() -> None:
    """Process, pod, image and what waits; harmless by itself."""
    expected = Evidence(
        severity=Severity.INFO,
        text="packet sockets are open in weave/weave-scope-agent-x7k2p (weaveworks/scope:1.13.2); they hold 4.0 KiB "
        "unread",
        measured=1,
        limit=1,
        suspects=(SUSPECT,),
    )

    assert expected == check(healthy_node(queues(CAPTURE)))


def test_what_is_counted_in_a_list_that_is_not_whole_is_said_to_be_so() -> None:
    """A monitor had 1,189 sockets open, and 40 were listed."""
    listed = queues(*(f"packet host 0 - {inode} {SCOPE}" for inode in range(1, 41)))
    found = check(healthy_node(replace(listed, count=1_189)))

    assert found is not None
    assert found.text == (
        "packet sockets are open in weave/weave-scope-agent-x7k2p (weaveworks/scope:1.13.2); they are empty "
        "(40 of the node's 1,189 sockets are listed)"
    )
    assert found.suspects[0].reason == (
        "40 listed packet sockets are empty (40 of the node's 1,189 sockets are listed); process scope (pid 4242)"
    )


@pytest.mark.parametrize(
    "rows",
    [(CAPTURE,), (CAPTURE, f"netlink host 400000000 1 11 {SCOPE}"), (CAPTURE, "netlink host 100000000 1 11 9 x - - -")],
)
def test_it_is_a_warning_where_buffers_pile_up(rows: tuple[str, ...]) -> None:
    """Its own queues, or nobody's, explain them."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="packet sockets are open in weave/weave-scope-agent-x7k2p (weaveworks/scope:1.13.2); they hold 4.0 KiB "
        "unread, and socket buffers (skbuff) accumulate in kernel memory",
        measured=1,
        limit=1,
        suspects=(SUSPECT,),
    )

    assert expected == check(one_sample(*LEAK, queues(*rows)))


def test_a_bystander_stays_information() -> None:
    """Somebody else's queue explains most of the buffers."""
    found = check(one_sample(*LEAK, queues(CAPTURE, "netlink host 400000000 1 11 811 conntrackd - - -")))

    assert found is not None
    assert found.severity is Severity.INFO


@pytest.mark.parametrize("command", ["systemd-network", "dhclient", "chronyd"])
def test_daemons_of_the_host_with_an_empty_socket_are_not_reported(command: str) -> None:
    """Below 1 MiB unread; at 1 MiB they are."""
    assert check(one_sample(queues(f"packet host {MIB - 1} - 12 811 {command} - - -"))) is None
    assert check(one_sample(queues(f"packet host {MIB} - 12 811 {command} - - -"))) is not None


@pytest.mark.parametrize("rows", [(), (f"netlink host 4096 0 11 {SCOPE}",), ("packet host 0 - 12 - - - - -",)])
def test_without_a_capture_that_can_be_named_there_is_no_finding(rows: tuple[str, ...]) -> None:
    """Netlink is no capture; an empty socket of nobody names nobody."""
    assert check(one_sample(queues(*rows))) is None


def test_an_empty_queue_is_reported_in_words() -> None:
    """Beside gigabytes that other sockets of the same process hold, "0 B" would read like a contradiction."""
    expected = Evidence(
        severity=Severity.INFO,
        text="packet sockets are open in weave/weave-scope-agent-x7k2p (weaveworks/scope:1.13.2); they are empty",
        measured=1,
        limit=1,
        suspects=(replace(SUSPECT, reason="1 packet socket is empty; process scope (pid 4242)"),),
    )

    assert expected == check(healthy_node(queues(f"packet host 0 - 12 {SCOPE}")))


def test_many_captures_are_reported_in_one_sentence() -> None:
    """Three names, then a number; two sockets of one process are one capture."""
    rows = [f"packet host 0 - {10 + pid} {pid} tcpdump{pid} - - -" for pid in range(1, 6)]
    found = check(one_sample(queues(*rows, "packet host 2097152 - 99 1 tcpdump1 - - -")))

    assert found is not None
    assert found.text == "packet sockets are open in tcpdump1, tcpdump2, tcpdump3 and 2 more; they hold 2.0 MiB unread"
    assert (
        found.suspects[0].reason
        == "1 packet socket holds 2.0 MiB unread, 1 packet socket is empty; process tcpdump1 (pid 1)"
    )


def test_a_large_queue_of_nobody_is_reported() -> None:
    """The process was not found, its pod's namespace was."""
    found = check(one_sample(queues("packet 0b1f9a4e-55d0 2097152 - 12 - - live/tap-0 - -")))

    assert found is not None
    assert found.suspects == (
        Suspect(
            kind="pod",
            name="live/tap-0",
            reason="1 packet socket holds 2.0 MiB unread; the process was not found",
        ),
    )


DATADOG = "77 system-probe monitoring/datadog-9p2vd system-probe docker.io/datadog/agent:7"


def test_a_known_agent_is_named_with_its_purpose_and_not_a_likely_cause() -> None:
    """Even where buffers pile up, as long as what it holds is small."""
    expected = Evidence(
        severity=Severity.INFO,
        text="packet sockets are open in monitoring/datadog-9p2vd (docker.io/datadog/agent:7) for network monitoring "
        "by Datadog's system-probe; they hold 4.0 KiB unread",
        measured=1,
        limit=1,
    )

    assert expected == check(one_sample(*LEAK, queues(f"packet host 4096 - 12 {DATADOG}")))


def test_an_unknown_image_beside_a_known_agent_is_the_only_suspect() -> None:
    """And it is named first."""
    found = check(one_sample(*LEAK, queues(f"packet host 4096 - 12 {DATADOG}", CAPTURE.replace(" 12 ", " 13 "))))

    assert found is not None
    assert (found.severity, found.measured, found.suspects) == (Severity.WARNING, 2, (SUSPECT,))
    assert found.text.startswith(
        "packet sockets are open in weave/weave-scope-agent-x7k2p (weaveworks/scope:1.13.2), mon"
    )


@pytest.mark.parametrize(
    ("held_bytes", "total_bytes", "is_likely_cause"),
    [
        (500 * MIB - 1, 4096 * MIB, False),
        (500 * MIB, 4096 * MIB, True),
        (1000 * MIB, 16 * 1024 * MIB, False),
        (500 * MIB, None, True),
    ],
)
def test_a_known_agent_is_a_likely_cause_from_the_slab_rule_s_first_limit_on(
    held_bytes: int, total_bytes: int | None, *, is_likely_cause: bool
) -> None:
    """500 MiB and a tenth of the memory."""
    known = () if total_bytes is None else (memory(total_bytes=total_bytes),)
    found = check(one_sample(*LEAK, *known, queues(f"packet host {held_bytes} - 12 {DATADOG}")))

    assert found is not None
    assert bool(found.suspects) is is_likely_cause
    assert (found.severity is Severity.WARNING) is is_likely_cause


def test_a_known_command_in_a_strange_image_is_unknown() -> None:
    """Inside a container a process may call itself what it likes."""
    found = check(one_sample(queues("packet host 4096 - 12 77 tcpdump evil/miner-0 miner docker.io/evil/miner:1")))

    assert found is not None
    assert [one.name for one in found.suspects] == ["evil/miner-0"]


@pytest.mark.parametrize("window", [one_sample()])
def test_missing_evidence_is_not_healthy(window: Window) -> None:
    """Without sockets it is skipped."""
    with pytest.raises(AbsentError, match="Sockets was not collected"):
        check(window)


@pytest.mark.parametrize(("others_bytes", "severity"), [(255_000_000, Severity.WARNING), (256_000_000, Severity.INFO)])
def test_it_is_a_warning_unless_others_hold_half_of_the_buffers(others_bytes: int, severity: Severity) -> None:
    """Of 512 MB, beside the 100 MB that wait for whoever captures."""
    rows = (f"packet host 100000000 - 12 {SCOPE}", f"netlink host {others_bytes} 1 11 9 x - - -")
    found = check(one_sample(*LEAK, queues(*rows)))

    assert found is not None
    assert found.severity is severity
