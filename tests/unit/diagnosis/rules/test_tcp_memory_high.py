"""The rule tcp_memory_high: pages of all TCP sockets against their limit, and a counter that drifts."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, kernel_log, meminfo, sockets, sockstat, tcp_mem
from fleetscan.diagnosis.rules.tcp_memory_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Sample, Severity, Window

GRAVITON = "6.1.141-155.222.amzn2023.aarch64"


def window(pages: int, *others: object) -> Window:
    """Return a node whose TCP sockets use this many of 100,000 pages."""
    used = sockstat.parse(f"sockets: used 812\nTCP: inuse 21 orphan 0 tw 14 alloc 96 mem {pages}")
    return Window(first=Sample(), last=Sample([used, tcp_mem.parse("50000 75000 100000"), *others]))


def evidence(text: str, ratio: float) -> Evidence:
    """Return what is expected at this share of the limit."""
    if ratio >= 1:
        return Evidence(severity=Severity.CRITICAL, text=text, measured=ratio, limit=1.0)
    return Evidence(severity=Severity.WARNING, text=text, measured=ratio, limit=0.85)


def test_above_85_percent_is_a_warning() -> None:
    """One page above the limit."""
    expected = evidence("TCP uses 85,001 of 100,000 pages of tcp_mem in 96 sockets (85%, threshold 85%)", 0.85001)

    assert expected == check(window(85_001))


def test_at_the_kernels_own_limit_it_is_critical() -> None:
    """Exactly at 100% the kernel refuses."""
    expected = evidence("TCP uses 100,000 of 100,000 pages of tcp_mem in 96 sockets (100%, threshold 100%)", 1.0)

    assert expected == check(window(100_000))


def test_at_85_percent_there_is_no_finding() -> None:
    """The limit has to be exceeded."""
    assert check(window(85_000)) is None


def test_on_a_drifting_kernel_memory_that_is_nowhere_is_an_accounting_bug() -> None:
    """Graviton with kernels 6.0 to 6.8: the counter claims more than all slab holds, and nothing leaks."""
    others = (
        host.parse(f"kernel {GRAVITON}\npage_bytes 4096"),
        meminfo.parse("MemTotal: 8028160\nSUnreclaim: 140000"),
    )
    expected = evidence(
        "TCP uses 180,000 of 100,000 pages of tcp_mem in 96 sockets (180%, threshold 100%); "
        f"probably an accounting bug of kernel {GRAVITON}, not a leak: "
        "the counter claims 703 MiB, but SUnreclaim is only 137 MiB",
        1.8,
    )

    assert expected == check(window(180_000, *others))


def test_on_a_drifting_kernel_without_meminfo_the_doubt_is_reported() -> None:
    """Where the memory is cannot be said."""
    expected = evidence(
        "TCP uses 180,000 of 100,000 pages of tcp_mem in 96 sockets (180%, threshold 100%); "
        f"on kernel {GRAVITON} this counter drifts upwards, so it may be wrong",
        1.8,
    )

    assert expected == check(window(180_000, host.parse(f"kernel {GRAVITON}")))


@pytest.mark.parametrize(
    ("kernel", "slab_kilobytes"),
    [
        ("6.1.141-155.222.amzn2023.x86_64", 140_000),
        ("6.12.9-1.amzn2023.aarch64", 140_000),
        ("5.10.236-228.935.amzn2.aarch64", 140_000),
        (GRAVITON, 900_000),
    ],
    ids=["x86", "fixed", "older", "the memory is there"],
)
def test_elsewhere_the_counter_is_believed(kernel: str, slab_kilobytes: int) -> None:
    """Another architecture, another kernel, or slab that is large enough to hold what the counter says."""
    others = (
        host.parse(f"kernel {kernel}\npage_bytes 4096"),
        meminfo.parse(f"MemTotal: 8028160\nSUnreclaim: {slab_kilobytes}"),
    )
    expected = evidence("TCP uses 180,000 of 100,000 pages of tcp_mem in 96 sockets (180%, threshold 100%)", 1.8)

    assert expected == check(window(180_000, *others))


def complaint(age_seconds: int) -> kernel_log.KernelLog:
    """Return a kernel log in which TCP was out of memory this long ago."""
    return kernel_log.parse(
        f"read lines=9 oldest_age_seconds=90000\ntcp_memory {age_seconds} TCP: out of memory -- consider tuning tcp_mem"
    )


@pytest.mark.parametrize(
    ("pages", "age_seconds", "severity", "text", "measured"),
    [
        (1, 900, Severity.CRITICAL, "15 min ago the kernel logged that TCP was out of memory", 1.0),
        (1, 901, Severity.WARNING, "15 min 1 s ago the kernel logged that TCP was out of memory", 1.0),
        (1, 86_400, Severity.WARNING, "1 d ago the kernel logged that TCP was out of memory", 1.0),
        (
            90_000,
            3_600,
            Severity.WARNING,
            (
                "TCP uses 90,000 of 100,000 pages of tcp_mem in 96 sockets (90%, threshold 85%); 1 h ago the kernel "
                "logged that TCP was out of memory"
            ),
            0.9,
        ),
    ],
)
def test_the_kernels_own_complaint_is_a_danger_while_it_is_young(
    pages: int, age_seconds: int, severity: Severity, text: str, measured: float
) -> None:
    """For a quarter of an hour, however much is in use now; then it is what happened."""
    limit = 1.0 if severity is Severity.CRITICAL else 0.85
    expected = Evidence(severity=severity, text=text, measured=measured, limit=limit)

    assert expected == check(window(pages, complaint(age_seconds)))


def test_a_complaint_without_the_two_numbers_still_counts() -> None:
    """And not for more than a day."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="1 h ago the kernel logged that TCP was out of memory",
        measured=1.0,
        limit=0.85,
    )

    assert expected == check(Window(first=Sample(), last=Sample([complaint(3_600)])))
    assert check(window(1, complaint(86_401))) is None


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([], "Sockstat was not collected"),
        ([sockstat.parse("TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 1")], "TcpMem was not collected"),
        ([sockstat.parse("UDP: inuse 1 mem 1"), tcp_mem.parse("1 2 3")], "TCP mem was not reported"),
    ],
)
def test_without_one_of_the_two_numbers_the_rule_is_skipped(values: list[object], missing: str) -> None:
    """Pages without a limit are neither few nor many."""
    with pytest.raises(AbsentError, match=missing):
        check(Window(first=Sample(), last=Sample(values)))


def queue(held_bytes: int, family: str = "tcp") -> sockets.Sockets:
    """Return one socket of a pod with so much unread."""
    return sockets.parse(
        f"total count=1 rmem_bytes={held_bytes} netns_read=3 netns_failed=0\n"
        f"{family} 0b1f9a4e {held_bytes} - 11 77 app live/shop-0 app shop:1"
    )


@pytest.mark.parametrize(
    ("held_bytes", "cause", "shares"),
    [
        (90_000 * 4096, Cause.SOCKET_QUEUE, [1.0]),
        (45_000 * 4096, Cause.SOCKET_QUEUE, [0.5]),
        (9_000 * 4096, Cause.UNATTRIBUTED, [0.1]),
        (8_999 * 4096, Cause.UNATTRIBUTED, []),
    ],
)
def test_who_lets_it_wait_unread_is_named(held_bytes: int, cause: Cause, shares: list[float]) -> None:
    """From a tenth on a suspect, from half on the cause."""
    found = check(window(90_000, host.parse("page_bytes 4096"), queue(held_bytes)))

    assert found is not None
    assert (cause, shares) == (found.cause, [one.share for one in found.suspects])


def test_other_families_hold_no_tcp_memory() -> None:
    """A packet socket has its own."""
    found = check(window(90_000, host.parse("page_bytes 4096"), queue(90_000 * 4096, "packet")))

    assert found is not None
    assert found.suspects == ()
