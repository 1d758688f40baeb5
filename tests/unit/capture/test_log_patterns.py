"""The patterns of the logs: each line is of its own kind, no command can forge one, other detectors are covered."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.capture import log_patterns
from fleetscan.capture.log_patterns import Kind, Log, Wording, kind_of, kinds, parse
from fleetscan.errors import ParseError

KERNEL = [kind for kind in kinds() if kind.log is Log.KERNEL]
WORDINGS = [(kind, wording) for kind in kinds() for wording in kind.wordings]
ENTRY = """
[[kind]]
id = "one"
log = "kernel"
rules = ["task_hung"]
severity = "info"
hints = ["abc"]
[[kind.wording]]
pattern = '^abc'
since = "Linux 4.14"
source = "kernel/abc.c"
samples = ["abcdef"]
"""

NODE_PROBLEM_DETECTOR = {
    r"Killed process \d+ (.+) total-vm:\d+kB, anon-rss:\d+kB, file-rss:\d+kB.*": "oom_victim",
    r"task [\S ]+:\w+ blocked for more than \w+ seconds\.": "task_hung",
    r"unregister_netdevice: waiting for \w+ to become free. Usage count = \d+": "netdevice_stuck",
    r"BUG: unable to handle kernel NULL pointer dereference at .*": "kernel_bug",
    r"divide error: 0000 \[#\d+\] SMP": "kernel_bug",
    r"EXT4-fs error .*": "filesystem_error",
    r"EXT4-fs warning .*": "filesystem_error",
    r"Buffer I/O error .*": "io_error",
    r"XFS .* Shutting down filesystem.?": "filesystem_readonly",
    r"CE memory read error .*": "hardware_corrected",
    r".*\[Hardware Error\]: event severity: corrected$": "hardware_corrected",
    r".*\[Hardware Error\]: event severity: recoverable$": "hardware_error",
    r".*\[Hardware Error\]: event severity: fatal$": "hardware_error",
    r"task docker:\w+ blocked for more than \w+ seconds\.": "task_hung",
    r"Remounting filesystem read-only": "filesystem_readonly",
}
"""Of config/kernel-monitor.json, kernel-monitor-counter.json and readonly-monitor.json (August 2026)."""

NODE_MONITORING_AGENT = {
    r"BUG: (.*)": "kernel_bug",
    r"watchdog: BUG: soft lockup - .* stuck for (.*)! \[(.*?).*\]": "soft_lockup",
    r"task (.*?):\d+ blocked for more than": "task_hung",
    r"(ip|nf)_conntrack: table full, dropping packet": "conntrack_full",
    r"end_request: I/O error, dev ([a-z0-9-]+), sector ([0-9]+)": "io_error",
    r"Buffer I/O error on device ([a-z0-9-]+), logical block ([0-9]+)": "io_error",
    r"blk_update_request: I/O error, dev ([a-z0-9-]+), sector ([0-9]+)": "io_error",
    r"NEURON_HW_ERR=SRAM_UNCORRECTABLE_ERROR .*": "accelerator_error",
    r".*segfault at.*in libnccl\.so.*": "accelerator_warning",
    r"traps:\s*(.*?)\[": "process_crashed",
    r"(.*?)\[\d+]: segfault at.*": "process_crashed",
}
"""Of monitors/kernel, storage, neuron and nvidia, what is read in dmesg (August 2026)."""

NODE_MONITORING_AGENT_JOURNAL = {
    r"OCI runtime create failed: (.*?)": "container_not_created",
    r'"Pod still has one or more containers in the non-exited state and will not be .*" pod="(.*)"': "pod_ending",
    r"error mounting.*etc-hosts.*to rootfs.*/etc/hosts": "hosts_mount_failed",
    r"fs: disk usage and inodes count on following dirs took": "disk_usage_slow",
    r"Failed to check API server connectivity: invalid configuration: no configuration": "cni_not_ready",
    r"Unable to reach API Server": "cni_not_ready",
    r"Starting L-IPAMD": "cni_started",
    r"InsufficientFreeAddressesInSubnet": "address_missing",
    r"Unit kubelet.service entered failed state": "runtime_error",
}
"""Of monitors/runtime, storage and networking, what is read in the kubelet's journal and in ipamd.log."""


LEAST = {"page_allocation", "process_crashed"}
"""What a process may cause as often as it likes, and what is no more than information."""


@pytest.mark.parametrize(("kind", "wording"), WORDINGS, ids=lambda one: getattr(one, "id", ""))
def test_each_real_line_is_of_its_own_kind_and_of_no_other(kind: Kind, wording: Wording) -> None:
    """Where two patterns match, the order decides, and a list says for which two that is so."""
    shared = {
        "accelerator_error": {"accelerator_warning"},
        "accelerator_warning": {"process_crashed"},
        "inotify": {"no_space"},
        "hosts_mount_failed": {"container_not_created"},
    }
    for sample in wording.samples:
        found = {other.id for other in kinds() if other.log is kind.log and re.search(other.pattern, sample)}

        assert re.search(wording.pattern, sample)
        assert kind_of(sample, kind.log) == kind
        assert found - shared.get(kind.id, set()) == {kind.id}


@pytest.mark.parametrize("theirs", NODE_PROBLEM_DETECTOR | NODE_MONITORING_AGENT)
def test_what_other_detectors_read_in_the_kernel_log_is_read_here(theirs: str) -> None:
    """Of each pattern of theirs a line of ours is one, and it has the kind that it should have."""
    ours = (NODE_PROBLEM_DETECTOR | NODE_MONITORING_AGENT)[theirs]
    samples = [sample for kind in KERNEL for wording in kind.wordings for sample in wording.samples]
    matched = {kind.id for sample in samples if re.search(theirs, sample) and (kind := kind_of(sample, Log.KERNEL))}

    assert ours in matched


@pytest.mark.parametrize("theirs", NODE_MONITORING_AGENT_JOURNAL)
def test_what_the_node_monitoring_agent_reads_in_the_journal_is_read_here(theirs: str) -> None:
    """The same of the kubelet, the runtime and the address manager."""
    samples = [sample for kind, wording in WORDINGS if kind.log is Log.JOURNAL for sample in wording.samples]
    matched = {kind.id for sample in samples if re.search(theirs, sample) and (kind := kind_of(sample, Log.JOURNAL))}

    assert NODE_MONITORING_AGENT_JOURNAL[theirs] in matched


@pytest.mark.parametrize("kind", KERNEL, ids=lambda kind: kind.id)
@settings(max_examples=15)
@given(data=st.data())
def test_a_line_of_a_kind_holds_one_of_its_hints(kind: Kind, data: st.DataObject) -> None:
    """A line that the script does not look at would be lost."""
    wording = data.draw(st.sampled_from(kind.wordings))
    line = data.draw(st.from_regex(wording.pattern, alphabet=st.characters(min_codepoint=32, max_codepoint=126)))

    assert any(hint in line for hint in kind.hints)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KERNEL if kind.id not in {"accelerator_warning", "process_crashed"}],
    ids=lambda kind: kind.id,
)
@pytest.mark.parametrize(
    "line",
    [
        "{}[4711]: segfault at 0 ip 00007f3b2c0d4e5f sp 00007ffd1c2b3a40 error 4 in {}[7f3b2c000000+1c000]",
        "{}[4711]: segfault at 0 ip 0000 sp 0000 error 4 in {}[7f3b2c000000+1c000] likely on CPU 3 (core 1, socket 0)",
        "traps: {}[4711] general protection fault ip:7f3b2c0d4e5f sp:7ffd1c2b3a40 error:0 in {}[7f3b2c000000+1c000]",
        "{}: page allocation failure: order:0, mode:0x40dc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0",
        "audit: type=1701 audit(1.0:2): auid=1 uid=1 gid=1 ses=1 pid=4711 comm={} exe={} sig=11 res=1",
    ],
)
def test_a_command_and_a_file_name_cannot_forge_a_line(kind: Kind, line: str) -> None:
    """A process has 15 characters for its own name, and any for the name of the file that it crashes in."""
    for wording in kind.wordings:
        for sample in wording.samples:
            text = line.format(sample[:15], sample)

            assert (found := kind_of(text, Log.KERNEL)) is None or found.id in LEAST


@pytest.mark.parametrize(
    "text",
    [
        "nvme nvme0: 2/0/0 default/read/poll queues",
        "nvme1n1: p1 p128",
        "XFS (nvme0n1p1): Mounting V5 Filesystem 0b2f1c3e-5a6d-4e7f-8091-a2b3c4d5e6f7",
        "XFS (nvme0n1p1): Ending clean mount",
        "EXT4-fs (nvme1n1): mounted filesystem with ordered data mode. Opts: (null)",
        "EXT4-fs (nvme1n1): re-mounted. Opts: errors=remount-ro",
        "ena 0000:00:05.0: LLQ is not supported Fallback to host mode policy.",
        "ena 0000:00:05.0 eth0: Link is up",
        "blk_update_request: operation not supported error, dev loop0, sector 0 op 0x9:(WRITE_ZEROES) flags 0x0",
        "EDAC MC: Ver: 3.0.0",
        "mce: CPU0: Thermal monitoring enabled (TM1)",
        "HEST: Table parsing has been initialized.",
        "rcu: Hierarchical RCU implementation.",
        "NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
        "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024",
        "NVRM: GPU at PCI:0000:00:1e: GPU-bc0fa0b9-cac2-f507-b715-9bebdb69c71e",
        "oom_reaper: reaped process 4711 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
        "INFO: task dd:456 is blocked on a mutex likely owned by task sync:123.",
        "cgroup: fork: enabled",
    ],
)
def test_a_line_of_a_healthy_node_is_of_no_kind(text: str) -> None:
    """Words that stand near to what matters."""
    assert kind_of(text, Log.KERNEL) is None


@pytest.mark.parametrize(
    "text",
    [
        'prober.go:107] "Probe failed" probeType="Liveness" pod="a/b" output="no space left on device"',
        'handlers.go:78] "Exec lifecycle hook failed" err="x" message="fork/exec a: cannot allocate memory"',
        'kubelet.go:1462] "Image garbage collection failed once. Stats initialization may not have"',
        'kubelet.go:2371] "Skipping pod synchronization" err="PLEG is not healthy: pleg has yet to be successful"',
        "Started Kubernetes Kubelet.",
        'err="OCI runtime create failed: runc create failed: unable to start container process: exec: \\"a\\": no"',
        'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "a": permission',
        r'OCI runtime create failed: container_linux.go:348: starting container process caused \\"exec: \\\"a\\\":',
        'level=error msg="ContainerStatus for \\"ab\\" failed" error="rpc error: code = NotFound"',
    ],
)
def test_what_a_container_printed_and_what_every_start_says_is_of_no_kind(text: str) -> None:
    """A pod could say anything in its probe; a kubelet that starts has not yet heard of its runtime."""
    assert kind_of(text, Log.JOURNAL) is None


def test_an_entry_is_read_as_it_stands() -> None:
    """All of it."""
    wording = Wording(pattern="^abc", since="Linux 4.14", source="kernel/abc.c", samples=("abcdef",))
    expected = Kind(
        id="one", log=Log.KERNEL, rules=("task_hung",), severity="info", hints=("abc",), wordings=(wording,)
    )

    assert parse(ENTRY) == (expected,)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("[[kind]]", "kind", "no TOML"),
        (ENTRY, "", "must hold [[kind]] tables and nothing else"),
        (ENTRY, ENTRY + ENTRY, "kind one is given twice"),
        ('id = "one"', "", "kind 1 must have exactly the fields hints, id, log, rules, severity, wording"),
        ('id = "one"', 'id = "One"', "kind 1: id is not as it should be: 'One'"),
        ('log = "kernel"', 'log = "syslog"', "kind 1: log is not as it should be: 'syslog'"),
        ('log = "kernel"', 'log = "journal"', "kind 1: hints are for the kernel log"),
        ('hints = ["abc"]', "hints = []", "kind 1: hints are for the kernel log, and each kind of it needs one"),
        ('hints = ["abc"]', 'hints = "abc"', "kind 1: hints is no list"),
        ('rules = ["task_hung"]', "rules = []", "kind 1: no rule reads it"),
        ('severity = "info"', 'severity = "fatal"', "kind 1: severity is not as it should be: 'fatal'"),
        ('since = "Linux 4.14"', "", "kind 1: a wording must have exactly pattern, samples, since, source"),
        ('samples = ["abcdef"]', "samples = []", "kind 1: the pattern '^abc' has no sample"),
        ("[[kind.wording]]", "[kind.wording]", "kind 1: has no wording"),
        *(
            ("'^abc'", f"'{pattern}'", "kind 1: not every awk reads the pattern")
            for pattern in (r"\d+", "a{2}", "a+?", "(?i)a", "[[:digit:]]", "[a/b]", r"[a\.]", "+a", "a|*b")
        ),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_named(old: str, new: str, error: str) -> None:
    """The build fails, never a scan."""
    with pytest.raises(ParseError) as raised:
        parse(ENTRY.replace(old, new, 1))

    assert error in str(raised.value)


def test_the_ids_of_one_log_are_not_those_of_the_other() -> None:
    """Each kind stands in one of them."""
    kernel, journal = log_patterns.ids(Log.KERNEL), log_patterns.ids(Log.JOURNAL)

    assert kernel.isdisjoint(journal)
    assert kernel | journal == {kind.id for kind in kinds()}
