"""What the collector costs a node, measured beside node_exporter: ``python tests/bench/bench_collector.py``.

CPU is user and system time of the script and everything it starts, what it leaves behind included: a cgroup of its own
counts it, or wait4 where none can be made. The window between the samples is 0 s: asleep it costs nothing. The budget
of the CPU is a ratio to one scrape of node_exporter in the same run, under gawk and under mawk. Beside each run, before
and after it, stands the reference as well: this program reads stat and status of each process and splits them into
lines and words. Compare figures of one run only, and read the line that says what kind of node it was. What is not
installed is left out, and the output says how to install it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from fleetscan.capture.log_patterns import Log, kind_of
from tests.bench import reference
from tests.bench.busy_node import busy_node
from tests.bench.cgroups import remove
from tests.fixtures.node_tree import COLLECT
from tests.fixtures.ports import free_port

CPU_BUDGET = 16.0
"""Times one scrape of node_exporter, under gawk and under mawk."""
REFERENCE_BUDGET = 4.0
"""Times the reference: all that is judged under busybox, or without node_exporter."""
RSS_BUDGET_BYTES = 10 * 1024 * 1024
"""gawk has 3.5 MiB by itself, 3 by the program with its patterns, and journalctl has 7."""
SUMMARY_BUDGET_CHARACTERS = 2_400
CAPTURE_BUDGET_CHARACTERS = 23_900
SCANS_PER_HOUR = 12
SCRAPES_PER_HOUR = 240
EXPORTER_PATIENCE_SECONDS = 20.0
EXPORTER = "prometheus-node-exporter"
REFERENCE = "this program reads stat and status of each process and splits them into lines and words"
DEBIAN = {EXPORTER: EXPORTER, "bash": "bash", "gawk": "gawk", "dash": "dash", "mawk": "mawk", "busybox": "busybox"}
"""Program -> the package of Debian and Ubuntu that has it."""

VARIANTS = {
    "bash + gawk (Amazon Linux)": (("bash",), "gawk"),
    "dash + mawk (Ubuntu)": (("dash",), "mawk"),
    "busybox": (("busybox", "sh"), "busybox awk"),
}


@dataclass(slots=True)
class Measured:
    """All runs of one variant."""

    cpu_milliseconds: list[float] = field(default_factory=list)
    reference_milliseconds: list[float] = field(default_factory=list)
    triggers: set[str] = field(default_factory=set)
    """What made runs send the detail, and so cost more."""
    wall_milliseconds: list[float] = field(default_factory=list)
    rss_bytes: int | None = None
    charged_bytes: int | None = None
    summary_characters: int = 0
    capture_characters: int = 0

    @property
    def ratio(self) -> float:
        """CPU time, times the reference: the median of the runs."""
        pairs = zip(self.cpu_milliseconds, self.reference_milliseconds, strict=True)
        return statistics.median(one / beside for one, beside in pairs)


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what the collector costs a node.")
    parser.add_argument("--pods", type=int, default=110)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--scrapes", type=int, default=60)
    options = parser.parse_args()
    pods: int = options.pods
    rounds: int = options.rounds
    scrapes: int = options.scrapes
    missing = {name: _missing(shell[0], awk.split()[0]) for name, (shell, awk) in VARIANTS.items()}
    variants = {name: words for name, words in VARIANTS.items() if not missing[name]}
    with busy_node(pods) as node, _quiet_log() as quiet:
        sys.stdout.write(f"Node: {node.words}\n")
        if quiet:
            sys.stdout.write("Kernel log: this machine's without the lines that a rule would evaluate, but in detail\n")
        sys.stdout.write(f"Reference: {REFERENCE}\n")
        sys.stdout.write("".join(f"{name}: skipped, {_install(words)}\n" for name, words in missing.items() if words))
        sys.stdout.write("\n")
        calm, forced = ({name: Measured() for name in variants} for _ in range(2))
        with _Exporter() as exporter, _accounted() as meter:
            for number in range(rounds):
                for name, (shell, awk) in variants.items():
                    _run(calm[name], shell, {**node.environment, **quiet, "AWK": awk}, meter)
                    if number < max(1, rounds // 3):
                        _run(forced[name], shell, {**node.environment, "AWK": awk, "DETAIL": "1"}, meter)
                exporter.scrape(max(1, scrapes // rounds))
        for name, (shell, awk) in variants.items():
            calm[name].charged_bytes = _charge(shell, {**node.environment, **quiet, "AWK": awk})
            calm[name].rss_bytes = _largest_rss(shell, {**node.environment, **quiet, "AWK": awk})
            forced[name].rss_bytes = _largest_rss(shell, {**node.environment, "AWK": awk, "DETAIL": "1"})
        sys.stdout.write(_table(calm, forced, exporter))
    return 0 if all(_is_within(name, calm[name], forced[name], exporter) for name in variants) else 1


@contextlib.contextmanager
def _quiet_log() -> Iterator[dict[str, str]]:
    """Yield the environment in which the kernel log is that of a healthy node; empty where it is one, or unreadable.

    A machine that runs tests has out-of-memory kills in its log, for which a node sends its detail.
    """
    done = subprocess.run(["dmesg"], capture_output=True, text=True, errors="replace", check=False)
    lines = done.stdout.splitlines(keepends=True)
    quiet = [line for line in lines if kind_of(line.partition("] ")[2].strip(), Log.KERNEL) is None]
    if done.returncode or quiet == lines:
        yield {}
        return
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.writelines(quiet)
        file.flush()
        yield {"KERNEL_LOG": file.name}


def _missing(*programs: str) -> list[str]:
    return [program for program in dict.fromkeys(programs) if not shutil.which(program)]


def _install(missing: Sequence[str]) -> str:
    """Say that programs are missing, and what to do about it."""
    packages = " ".join(DEBIAN[program] for program in missing)
    be = "is" if len(missing) == 1 else "are"
    return f"{' and '.join(missing)} {be} not installed (Debian: apt-get install {packages})"


def _reference(environment: Mapping[str, str]) -> reference.Reference:
    """Return the reference: it costs the kernel and this processor what any reader of the processes does."""
    proc = Path(environment.get("PROC_ROOT", "/proc"))

    def read() -> None:
        for folder in proc.iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):  # a process may end
                    text = (folder / "stat").read_text(errors="replace") + (folder / "status").read_text(
                        errors="replace"
                    )
                    _ = [line.split() for line in text.splitlines()]

    return reference.Reference(read)


@dataclass(frozen=True, slots=True)
class _Meter:
    """Counts the CPU of a process and of all that it starts, in a cgroup if there is one."""

    cgroup: Path | None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a command whose CPU shall be counted."""
        words = list(command)
        if self.cgroup is not None:
            words = ["sh", "-c", f'echo $$ >{self.cgroup}/cgroup.procs && exec "$@"', "sh", *words]
        return subprocess.Popen(words, env=dict(environment), stdout=subprocess.PIPE)

    def counted(self) -> float | None:
        """Return the milliseconds counted so far, once all that was started has ended; None without a cgroup."""
        if self.cgroup is None:
            return None
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while (self.cgroup / "cgroup.procs").read_text() and time.monotonic() < give_up:
            time.sleep(0.005)
        version1 = self.cgroup / "cpuacct.usage"
        if version1.exists():
            return int(version1.read_text()) / 1e6
        return int((self.cgroup / "cpu.stat").read_text().split()[1]) / 1e3


_PATIENCE_SECONDS = 5.0
"""What the script leaves behind ends itself before."""


@contextlib.contextmanager
def _accounted() -> Iterator[_Meter]:
    """Make a cgroup that counts CPU and take it away afterwards; without the rights to make one wait4 has to do."""
    version1 = Path("/sys/fs/cgroup/cpuacct")
    cgroup = (version1 if version1.is_dir() else Path("/sys/fs/cgroup")) / f"fleetscan-bench-cpu-{os.getpid()}"
    try:
        cgroup.mkdir()
    except OSError:
        yield _Meter(None)
        return
    try:
        yield _Meter(cgroup)
    finally:
        remove(cgroup)


def _run(measured: Measured, shell: tuple[str, ...], environment: Mapping[str, str], meter: _Meter) -> None:
    beside = _reference(environment)
    before = beside.seconds()
    counted = meter.counted()
    began = time.monotonic()
    with meter.start([*shell, str(COLLECT)], environment) as process:
        assert process.stdout is not None
        text = process.stdout.read().decode("ascii")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or "\n@end summary " not in text:
        raise RuntimeError(f"the collector failed under {shell}: {text[-200:]}")
    measured.wall_milliseconds.append((time.monotonic() - began) * 1000)
    after = meter.counted()
    waited = (usage.ru_utime + usage.ru_stime) * 1000
    measured.cpu_milliseconds.append(waited if counted is None or after is None else after - counted)
    measured.reference_milliseconds.append((before + beside.seconds()) / 2 * 1000)
    head, _, rest = text.partition("\n@end summary ")
    end = rest.partition("\n")[0]
    measured.triggers |= {*end.partition(" ")[0].removeprefix("triggers=").split(",")} - {"-"}
    measured.summary_characters = max(measured.summary_characters, len(head) + 14 + len(end) + 1)
    measured.capture_characters = max(measured.capture_characters, len(text))


def _largest_rss(shell: tuple[str, ...], environment: Mapping[str, str]) -> int | None:
    """Return the peak RSS of the largest process of one run, None where there is no program to ask.

    A process starts with the peak of whom it was forked from, so the script has to be started by something small. Some
    builds of these programs give a multiple of the truth, so they are first asked about a process that knows its own.
    """
    timer = next((words for words in (("busybox", "time"), ("/usr/bin/time",)) if shutil.which(words[0])), None)
    if timer is None:
        return None
    own_peak = (
        "import re; bytearray(1 << 26); print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    truth, reported = _timed(timer, [sys.executable, "-c", own_peak], dict(os.environ))
    _, peak = _timed(timer, [*shell, str(COLLECT)], environment)
    return peak * int(truth) // reported * 1024


def _timed(timer: tuple[str, ...], command: list[str], environment: Mapping[str, str]) -> tuple[str, int]:
    """Return what a command printed, and the peak that the timer prints."""
    with tempfile.NamedTemporaryFile("r") as file:
        run = subprocess.run(
            [*timer, "-f", "%M", "-o", file.name, *command], env=dict(environment), capture_output=True, check=True
        )
        return run.stdout.decode("ascii"), int(file.read().split()[-1])


def _charge(shell: tuple[str, ...], environment: Mapping[str, str]) -> int | None:
    """Return the most memory that one run charges to a cgroup of its own, None where none can be made."""
    version1 = Path("/sys/fs/cgroup/memory")
    top = version1 if version1.is_dir() else Path("/sys/fs/cgroup")
    cgroup = top / f"fleetscan-bench-{os.getpid()}"
    try:
        cgroup.mkdir()
    except OSError:
        return None
    try:
        peak = next(
            (cgroup / name for name in ("memory.max_usage_in_bytes", "memory.peak") if (cgroup / name).exists()), None
        )
        if peak is None:
            return None
        command = f"echo $$ >{cgroup}/cgroup.procs && exec {' '.join(shell)} {COLLECT}"
        subprocess.run(["sh", "-c", command], env=dict(environment), capture_output=True, check=True)
        return int(peak.read_text())
    finally:
        if not remove(cgroup):
            sys.stdout.write(f"{cgroup} is still busy and was left there: rmdir it later\n")


class _Exporter:
    """node_exporter with its default collectors, if it is installed."""

    def __init__(self) -> None:
        self.scrapes = 0
        self.cpu_seconds = 0.0
        self.rss_bytes = 0
        self.skipped = f"{EXPORTER}: skipped, {_install([EXPORTER])}"
        """Why there is none to measure."""
        self._address = f"127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if shutil.which(EXPORTER):
            self._process = subprocess.Popen(
                [EXPORTER, f"--web.listen-address={self._address}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            give_up = time.monotonic() + EXPORTER_PATIENCE_SECONDS
            while not self._fetch():
                if self._process.poll() is not None or time.monotonic() > give_up:
                    self._stop()
                    self.skipped = f"{EXPORTER}: skipped, it is installed and does not answer on {self._address}"
                    break
                time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def is_there(self) -> bool:
        """Whether there was one to measure."""
        return self._process is not None and self.scrapes > 0

    @property
    def milliseconds(self) -> float:
        """CPU of one scrape."""
        return self.cpu_seconds / self.scrapes * 1000

    def scrape(self, count: int) -> None:
        """Scrape it as Prometheus does, and count the CPU that it used meanwhile."""
        if self._process is None or self._process.returncode is not None:
            return
        before = self._cpu()
        for _ in range(count):
            if not self._fetch():
                raise RuntimeError(f"{EXPORTER} does not answer")
        self.cpu_seconds += self._cpu() - before
        self.scrapes += count
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        self.rss_bytes = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))

    def _cpu(self) -> float:
        """Return its CPU seconds in nanosecond steps; /proc/PID/stat would count in hundredths."""
        assert self._process is not None
        tasks = Path(f"/proc/{self._process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def _fetch(self) -> bool:
        address = f"http://{self._address}/metrics"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return bool(answer.read())
        except (urllib.error.URLError, ConnectionError):
            return False


def _is_within(name: str, calm: Measured, forced: Measured, exporter: _Exporter) -> bool:
    is_judged_by_scrapes = exporter.is_there and VARIANTS[name][1] in {"gawk", "mawk"}
    return (
        (not is_judged_by_scrapes or _scrapes(calm, exporter) <= CPU_BUDGET)
        and calm.ratio <= REFERENCE_BUDGET
        and max(calm.rss_bytes or 0, forced.rss_bytes or 0) <= RSS_BUDGET_BYTES
        and max(calm.summary_characters, forced.summary_characters) <= SUMMARY_BUDGET_CHARACTERS
        and max(calm.capture_characters, forced.capture_characters) <= CAPTURE_BUDGET_CHARACTERS
    )


def _scrapes(calm: Measured, exporter: _Exporter) -> float:
    """Return what one run costs in scrapes of node_exporter."""
    return statistics.median(calm.cpu_milliseconds) / exporter.milliseconds


def _table(calm: Mapping[str, Measured], forced: Mapping[str, Measured], exporter: _Exporter) -> str:
    heads = (
        "CPU ms",
        "min-max",
        "scrapes",
        "reference",
        "ratio",
        "wall ms",
        "detail",
        "RSS MiB",
        "charged",
        "summary",
        "capture",
        "budgets",
    )
    characters = f"{SUMMARY_BUDGET_CHARACTERS} and {CAPTURE_BUDGET_CHARACTERS}"
    lines = [_line("", heads)]
    lines += [_line(name, _cells(name, one, forced[name], exporter)) for name, one in calm.items()]
    lines += [
        "",
        f"Budgets: CPU {CPU_BUDGET:.0f} scrapes of node_exporter (gawk, mawk), {REFERENCE_BUDGET:.0f} times the",
        f"reference, {RSS_BUDGET_BYTES / 2**20:.0f} MiB RSS (largest process), {characters} characters.",
        "CPU ms and reference are medians; scrapes: CPU, times one scrape; ratio: CPU, times the reference.",
        "detail: CPU ms with every detail forced. charged: MiB that a run charges to a memory cgroup of its own.",
        "",
    ]
    if triggers := sorted(set().union(*(one.triggers for one in calm.values()))):
        lines.append(f"Runs sent the detail, which costs more, for: {', '.join(triggers)}")
    if any(one.rss_bytes is None for one in calm.values()):
        lines.append("RSS: skipped, there is no /usr/bin/time to ask (Debian: apt-get install time)")
    if not exporter.is_there:
        lines.append(exporter.skipped)
    else:
        hour = exporter.milliseconds / 1000 * SCRAPES_PER_HOUR
        lines.append(
            f"{EXPORTER}: {exporter.milliseconds:.1f} ms CPU a scrape, {hour:.2f} CPU-s an hour at one every 15 s, "
            f"{exporter.rss_bytes / 2**20:.1f} MiB resident all the time"
        )
        for name, one in calm.items():
            seconds = statistics.median(one.cpu_milliseconds) * SCANS_PER_HOUR / 1000
            lines.append(
                f"  {name:26} {seconds:.2f} CPU-s an hour at one scan every 5 minutes: "
                f"node_exporter takes {hour / seconds:.1f} times that"
            )
    lines.append("Not in here: what the SSM agent itself costs for each command.")
    return "\n".join(lines) + "\n"


def _line(name: str, cells: tuple[str, ...]) -> str:
    return f"{name:28}" + "".join(f"{cell:>10}" for cell in cells)


def _cells(name: str, calm: Measured, forced: Measured, exporter: _Exporter) -> tuple[str, ...]:
    return (
        f"{statistics.median(calm.cpu_milliseconds):.1f}",
        f"{min(calm.cpu_milliseconds):.0f}-{max(calm.cpu_milliseconds):.0f}",
        f"{_scrapes(calm, exporter):.1f}" if exporter.is_there else "-",
        f"{statistics.median(calm.reference_milliseconds):.1f}",
        f"{calm.ratio:.1f}",
        f"{statistics.median(calm.wall_milliseconds):.0f}",
        f"{statistics.median(forced.cpu_milliseconds):.1f}",
        "-" if calm.rss_bytes is None else f"{max(calm.rss_bytes, forced.rss_bytes or 0) / 2**20:.1f}",
        "-" if calm.charged_bytes is None else f"{calm.charged_bytes / 2**20:.1f}",
        str(max(calm.summary_characters, forced.summary_characters)),
        str(forced.capture_characters),
        "kept" if _is_within(name, calm, forced, exporter) else "MISSED",
    )


if __name__ == "__main__":
    sys.exit(main())
