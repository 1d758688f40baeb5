"""What is no number, in a column of every parser that reads one: one table for all of them."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import SOURCES
from fleetscan.errors import ParseError

PARSERS = {source.section: source.parse for source in SOURCES}

COLUMNS = {
    "allowances": ("read 1\neth0 pps_allowance_exceeded={}", 2, "pps_allowance_exceeded", "whole"),
    "arcstats": ("size {}", 1, "size", "whole"),
    "buddyinfo": ("1 {}", 1, "order 1", "whole"),
    "cgroups": ("memory {}", 1, "memory", "whole"),
    "clock": ("synchronized stratum=3 offset_seconds={}", 1, "offset_seconds", "decimal"),
    "conntrack": ("{} 5", 1, "count", "whole"),
    "descriptors": ("1 init {} -", 1, "open files", "whole"),
    "disks": (
        "sda reads={} writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms=1 in_flight=1 volume=-",
        1,
        "reads",
        "whole",
    ),
    "file_nr": ("{} 0 5", 1, "allocated", "whole"),
    "filesystems": ("/ - - rw rw {} 1 1 1", 1, "total bytes", "whole"),
    "host": ("cpus {}", 1, "cpus", "whole"),
    "images": ("5 {}", 1, "hash", "whole"),
    "inotify": ("max_user_watches {}", 1, "max_user_watches", "whole"),
    "interfaces": ("read 1\neth0 rx_packets={} rx_errors=1 tx_packets=1 tx_errors=1", 2, "rx_packets", "whole"),
    "journal": ("read lines={}", 1, "lines", "whole"),
    "kernel_log": ("read lines=1\nio_error {} x", 2, "age", "whole"),
    "loadavg": ("{} 1 1 1/1 1", 1, "load1", "decimal"),
    "meminfo": ("MemTotal: 5\nSUnreclaim: {} kB", 2, "SUnreclaim", "whole"),
    "neighbours": ("entries={}", 1, "entries", "whole"),
    "pid_max": ("{}", 1, "pid_max", "whole"),
    "pods": ("total count=1\nuid a/b {} max burstable", 2, "memory", "whole"),
    "pressure": ("cpu some total={}", 1, "total", "whole"),
    "processes": ("1 init {} 0 -", 1, "rss", "whole"),
    "services": ("kubelet pid=1 age_seconds={} rss_bytes=1", 1, "age_seconds", "whole"),
    "slabinfo": ("total caches=5 bytes=1\n\ndentry 1 1 {} 1 1 1 1", 3, "objsize", "whole"),
    "slices": ("a.slice cpu_usec={}", 1, "cpu_usec", "whole"),
    "sockets": ("total count=1 rmem_bytes={} netns_read=1 netns_failed=0", 1, "rmem_bytes", "whole"),
    "sockstat": ("TCP: mem {}", 1, "mem", "whole"),
    "stat": ("cpu 1 2 3 4 5 6 7 {}", 1, "steal", "whole"),
    "tasks": ("processes 1\nthreads 1\nzombies {}\nuninterruptible 1\n", 3, "zombies", "whole"),
    "tcp_mem": ("1 {} 3", 1, "pressure", "whole"),
    "threads_max": ("{}", 1, "threads_max", "whole"),
    "uptime": ("{} 0.00", 1, "uptime", "decimal"),
    "vmstat": ("nr_free 1\noom_kill {}", 2, "oom_kill", "whole"),
    "waiting": ("{} init -", 1, "pid", "whole"),
}
"""Section -> a text with a place for a number, the line of that, its name and its kind."""

BAD = {
    "a word": "x",
    "negative": "-5",
    "underscore": "1_0",
    "unicode digit": "\uff15",
    "nan": "nan",
    "exponent": "1e9",
    "ten thousand digits": "9" * 10_000,
}

SHOWN = {"unicode digit": "'\\uff15'", "ten thousand digits": f"'{'9' * 40}...'"}
"""How the error writes those that are not fit to be shown as they are."""


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("section", COLUMNS)
def test_it_is_an_error_that_says_where(section: str, bad: str) -> None:
    """What int() and float() would take is refused as well, with its place."""
    text, line, name, kind = COLUMNS[section]
    with pytest.raises(ParseError) as raised:
        PARSERS[section](text.format(BAD[bad]))

    shown = SHOWN.get(bad, repr(BAD[bad]))
    assert str(raised.value) == f"{section}, line {line}: {name} is not a {kind} number: {shown}"


def test_every_parser_that_reads_a_number_is_a_row() -> None:
    """Containers have names alone."""
    assert PARSERS.keys() - COLUMNS.keys() == {"containers"}
