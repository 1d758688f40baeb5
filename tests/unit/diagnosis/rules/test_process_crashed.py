"""The rule process_crashed: programs that the kernel killed for what they did."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.process_crashed import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log


def segfault(command: str, age: int = 60) -> str:
    """Return the line of a process that touched what is not its own."""
    return f"process_crashed {age} {command}[4711]: segfault at 0 ip 0000000000000000 sp 00007ffeaf0ff420 error 14 in a"


def trap(command: str, age: int = 60) -> str:
    """Return the line of a process that ran an instruction that there is not."""
    return (
        f"process_crashed {age} traps: {command}[4711] trap invalid opcode ip:55d0c1a2b3c4 sp:7ffd1c2b3a40 error:0 in a"
    )


def test_one_program_that_crashes_again_and_again_is_information() -> None:
    """It is named once, however often it crashed."""
    line = segfault("kexec").removeprefix("process_crashed 60 ")
    expected = Evidence(
        severity=Severity.INFO,
        text=f"crashed: kexec; 41 lines in the kernel log within 24 h, the last 1 min ago: {line}",
        measured=1.0,
        limit=5.0,
    )
    rows = (segfault("kexec"), segfault("kexec", 900), trap("kexec", 1_800))

    assert expected == check(logged(*rows, counts="process_crashed=41"))


def test_many_different_programs_are_a_warning() -> None:
    """Three of them are named, the newest first; a name may hold blanks and brackets."""
    line = trap("runc:[2:INIT]").removeprefix("process_crashed 60 ")
    expected = Evidence(
        severity=Severity.WARNING,
        text="crashed: runc:[2:INIT], VM Thread, java and 2 more; 5 lines in the kernel log within 24 h, the last "
        f"1 min ago: {line}",
        measured=5.0,
        limit=5.0,
    )
    others = (segfault("VM Thread", 70), segfault("java", 80), segfault("node", 90), trap("python3", 100))

    assert expected == check(logged(trap("runc:[2:INIT]"), *others))


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        (tuple(segfault(name) for name in "abcd"), Severity.INFO),
        (tuple(segfault(name) for name in "abcde"), Severity.WARNING),
        ((*(segfault(name) for name in "abcd"), segfault("e", 86_401)), Severity.INFO),
        (("process_crashed 60 of a wording that is new",), Severity.INFO),
        ((segfault("a", 86_401),), None),
        (("task_hung 60 INFO: task java:1 blocked for more than 120 seconds.",), None),
    ],
)
def test_at_the_limits(rows: tuple[str, ...], severity: Severity | None) -> None:
    """Different names within a day count."""
    found = check(logged(*rows))

    assert severity is (None if found is None else found.severity)


def test_without_the_kernel_log_it_is_skipped() -> None:
    """Not read is not silent."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
