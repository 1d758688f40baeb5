"""Fuzz the whole path, guided by coverage: ``python tests/fuzz/fuzz_report.py --inputs 1000000 --seed 1``.

atheris (libFuzzer for Python) makes inputs, keeps those that reach something new in what reads and evaluates, and
changes them on, half of the time as somebody would who knows the format. Every input is examined alone, and then
shown: a fleet of untrusted nodes at a time goes through the real scan and every output, with two control nodes among
them. When something breaks, the input that did it is written to ``build/fuzz/`` and the exit code is not 0. Prints how
many inputs, how long, how fast, and what was reached, at the end as Markdown.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FrameType
from typing import NoReturn

import atheris

from tests.bench import reference

ROOT = Path(__file__).parents[2]
UNWATCHED = (
    "render", "cli", "model", "quantities", "settings", "diagnosis.knowledge", "diagnosis.tuning", "scan.metrics",
    "scan.pipeline", "incidents.tracker", "incidents.lifecycle", "incidents.incident", "fleet.root_cause",
    "fleet.correlation", "fleet.population", "fleet.conclude",
)  # fmt: skip
"""What is not watched while it runs, for that takes time: values, the comparison of nodes, which sees hundreds of
them at once, and the outputs, which branch on little that is new."""


def unwatched() -> list[str]:
    """Return the modules of the package that coverage is not measured for, those inside them included."""
    package = ROOT / "layers" / "fleetscan" / "fleetscan"
    names = (
        ".".join(("fleetscan", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
        for path in package.rglob("*.py")
    )
    unwatched_parts = tuple(f"fleetscan.{part}" for part in UNWATCHED)
    return [name for name in names if any(name == part or name.startswith(f"{part}.") for part in unwatched_parts)]


# What reads and evaluates must be imported while atheris watches, which is before anything else imports it.
with atheris.instrument_imports(include=["fleetscan"], exclude=unwatched()):
    from fleetscan.capture.procfs import SOURCES
    from fleetscan.diagnosis.rules import RULES
    from fleetscan.model import Diagnosis
    from tests.fuzz import inputs, material, outputs, path

HERE = Path("build") / "fuzz"
FLEET = 400
"""Strangers in one scan."""
SLOW_EVERY = 10
"""The outputs that write a page about each single node are most of the work: every tenth fleet is shown by them too."""
TELL_EVERY = 50_000
"""Inputs between two words on how far it is."""
MOST_SECONDS = 1_200
"""Of one input, by the clock on the wall, which goes on where a machine is put to sleep: so long is no slow input."""
LEAKING_MIB = 1_024
"""A process that grows beyond this has a leak."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run: what is wanted, and what happened so far."""

    wanted: int
    seed: int
    here: Path
    is_quiet: bool
    is_enough: bool = False
    """Somebody wants it to end with the next input: SIGTERM."""
    began: float = field(default_factory=time.monotonic)
    beside: float = field(default_factory=lambda: reference.split_recorded().seconds())
    """The reference that speeds are compared with, when the run begins."""
    inputs: int = 0
    fleets: int = 0
    whole_fleets: int = 0
    characters_shown: int = 0
    by_input: Counter[str] = field(default_factory=Counter)
    rules: set[str] = field(default_factory=set)
    slowest_seconds: float = 0.0
    slowest: bytes = b""
    waiting: list[bytes] = field(default_factory=list)
    all_untrusted: list[path.Untrusted] = field(default_factory=list)
    known: dict[str, Diagnosis] = field(default_factory=dict)

    def take(self, data: bytes) -> None:
        """Take one input as far as its diagnosis; the last of a fleet takes all of it on to the outputs."""
        self.inputs += 1
        self.waiting.append(data)
        began = time.process_time()
        try:
            kind, untrusted = inputs.untrusted(data, f"i-{self.inputs:017x}")
            found = path.examined(untrusted)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            self._fail(data, error)
        seconds = time.process_time() - began
        # What is stored is shown as well, and is of no single node.
        if untrusted.captures and seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest = seconds, data
        self.by_input[kind.name] += 1
        self.rules |= {finding.rule for one in found.values() for finding in one.findings}
        self.all_untrusted.append(untrusted)
        self.known |= found
        if len(self.all_untrusted) >= FLEET or self.inputs == self.wanted or self.is_enough:
            self._show()
        if self.inputs % TELL_EVERY == 0 and not self.is_quiet:
            self._say(f"{self.inputs:,} inputs, {self._seconds():,.0f} s\n")
        if self.inputs == self.wanted or self.is_enough:
            self._end()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End the run with its next input, and print the table."""
        self.is_enough = True

    def _show(self) -> None:
        """Take the fleet that waits through the scan and every output."""
        try:
            is_whole = self.fleets % SLOW_EVERY == 0
            shown = path.checked_outputs(
                path.scanned(self.all_untrusted, self.known), outputs.OUTPUTS if is_whole else outputs.QUICK
            )
        except Exception as error:  # noqa: BLE001 - same
            self._fail(self._guilty(), error)
        self.fleets += 1
        self.whole_fleets += is_whole
        self.characters_shown += sum(map(len, shown.values()))
        self.waiting, self.all_untrusted, self.known = [], [], {}

    def _guilty(self) -> bytes:
        """Return the one that breaks the path alone; all of them, as one file, where it takes several."""
        for data in self.waiting:
            try:
                path.walked(inputs.untrusted(data, f"i-{1:017x}")[1])
            except Exception:  # noqa: BLE001 - same
                return data
        return b"\n--- next ---\n".join(self.waiting)

    def _fail(self, data: bytes, error: Exception) -> NoReturn:
        file = self.here / f"broken-{sha256(data).hexdigest()[:16]}"
        file.write_bytes(data)
        self._say(f"input {self.inputs:,} broke it ({type(error).__name__}: {error!s:.300}); it is in {file}\n")
        raise error

    def _end(self) -> NoReturn:
        (self.here / "slowest").write_bytes(self.slowest)
        self._say(self._table())
        sys.stdout.flush()
        # libFuzzer cannot be stopped from outside, and itself ends without Python's cleanup at exit.
        os._exit(0)

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _table(self) -> str:
        seconds, used = self._seconds(), resource.getrusage(resource.RUSAGE_SELF)
        cpu_seconds = used.ru_utime + used.ru_stime
        beside = (self.beside + reference.split_recorded().seconds()) / 2
        corpus = list((self.here / "corpus").iterdir())
        per_input = ", ".join(f"{name} {count:,}" for name, count in sorted(self.by_input.items()))
        rows = {
            "inputs": f"{self.inputs:,} (seed {self.seed})",
            "by input": per_input,
            f"scans of a fleet, each in {len(outputs.QUICK)} of {len(outputs.OUTPUTS)} outputs": f"{self.fleets:,}",
            f"of these shown by {_slow()} too": f"{self.whole_fleets:,}",
            "characters shown and checked": f"{self.characters_shown:,}",
            "inputs that reached something new, and were kept": f"{len(corpus):,}",
            "rules that fired": f"{len(self.rules)} of {len(RULES)}",
            "sections in the seeds": f"{len(material.sections())} of {len(SOURCES)}",
            "broke": f"{len(list(self.here.glob('broken-*')))}",
            "time": f"{seconds:,.0f} s, of which {cpu_seconds:,.0f} s of CPU",
            "speed": f"{self.inputs / seconds:,.0f} inputs a second, {self.inputs / cpu_seconds:,.0f} a second of CPU",
            "CPU of an input, times the reference": f"{cpu_seconds / self.inputs / beside:,.0f} while watched",
            "slowest node as far as its diagnosis": f"{self.slowest_seconds * 1_000:,.1f} ms of CPU while watched, "
            f"{self.slowest_seconds / beside:,.0f} times the reference",
            "the reference": f"{reference.SPLIT_RECORDED}, {beside * 1_000:.3f} ms of CPU",
            "most memory of the process": f"{used.ru_maxrss / 1_024:,.0f} MiB",
        }
        return "".join(
            ["| what | figure |\n|---|---|\n", *(f"| {what} | {figure} |\n" for what, figure in rows.items())]
        )

    def _say(self, words: str) -> None:
        sys.stdout.write(words)
        sys.stdout.flush()


def change(data: bytes, most_bytes: int, seed: int) -> bytes:
    """Return an input changed, by libFuzzer or by somebody who knows what the input is."""
    random = Random(seed)
    if random.random() < _ANEW:
        # An input in which nothing new was found for long is tried all the same.
        data = random.choice(_SEEDS[random.randrange(len(inputs.INPUTS))])
    if random.random() < _KNOWING:
        return inputs.changed(data, random)[:most_bytes]
    return bytes(atheris.Mutate(data, most_bytes))


def _slow() -> str:
    return " and ".join(output.name for output in outputs.OUTPUTS if output.is_slow)


_SEEDS = [[seed for seed in inputs.seeds() if seed[0] == number] for number in range(len(inputs.INPUTS))]
_KNOWING = 0.5
_ANEW = 0.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until so many inputs were tried, or one broke something."""
    parser = argparse.ArgumentParser(description="Fuzz the whole path from a capture to every output of the report.")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", type=Path, default=HERE, help="where the corpus and what breaks are kept")
    parser.add_argument("--quiet", action="store_true", help="print the table alone")
    parser.add_argument("again", nargs="*", type=Path, help="files of inputs to try once more, and nothing else")
    options = parser.parse_args(arguments)
    # What the product logs of damage is not what is looked at, and takes time.
    logging.disable(logging.CRITICAL)
    for file in options.again:
        path.walked(inputs.untrusted(file.read_bytes(), f"i-{1:017x}")[1])
        sys.stdout.write(f"{file}: well\n")
    if options.again:
        return 0
    corpus: Path = options.here / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in inputs.seeds():
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    words = options.here / "dictionary"
    words.write_text(material.dictionary())
    run = Run(wanted=options.inputs, seed=options.seed, here=options.here, is_quiet=options.quiet)
    signal.signal(signal.SIGTERM, run.stop)
    flags = {
        "seed": options.seed, "max_len": inputs.MOST_BYTES, "dict": words, "rss_limit_mb": LEAKING_MIB,
        "timeout": MOST_SECONDS, "artifact_prefix": f"{options.here}/", "verbosity": 0, "reload": 0,
        "handle_term": 0,
    }  # fmt: skip
    argv = [sys.argv[0], *(f"-{name}={value}" for name, value in flags.items()), str(corpus)]
    atheris.Setup(argv, run.take, custom_mutator=change)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
