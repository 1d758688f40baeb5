"""A simulated account, a fleet that says what the real script said, and Lambdas that can be killed.

Each Lambda is a process. The simulated AWS is in this one, and everybody goes by one clock that sleeping moves: an hour
of five-minute scans takes seconds, and every run meets the same.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleetscan.model import Report
from fleetscan.storage import report_codec
from simulator.call import Call
from simulator.demo import ROOT_CAUSE
from simulator.faults import Faults
from simulator.fleet import Fate, Fleet, load
from simulator.recorded_aws import RecordedAws
from simulator.recorded_commands import Tempo
from simulator.removal import without
from simulator.traps import Moment, Trap
from tests.bench.captured_fleet import printed
from tests.failure_modes import alarms, scanner
from tests.failure_modes.alarms import Datapoint
from tests.failure_modes.scanner import Answer, Invocation

if TYPE_CHECKING:
    from tests.failure_modes.fast_time import Seconds

START = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
"""The scheduled time of minute 0."""
NODES = 6
"""The three affected nodes of the incident, which are its first, and three of its young ones."""
PATIENCE_SECONDS = 120
"""What a scan may take on this machine before a test gives up."""
DIED = Answer(error="killed")

_CHANGE = re.compile(r"^- (opened|reopened|escalated|ongoing|resolved), (critical|warning|info): .*?\[([a-z_]+)\]")

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(list(scanner.PRELOADED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who is there, and what each says."""

    fleet: Fleet
    texts: Mapping[str, bytes]
    """Instance id -> what the script prints."""

    def with_fates(self, fates: Mapping[str, Fate]) -> Cast:
        """Return the same fleet with other fates for some nodes."""
        nodes = tuple(replace(node, fate=fates.get(node.instance_id, node.fate)) for node in self.fleet.nodes)
        return replace(self, fleet=replace(self.fleet, nodes=nodes))

    def saying(self, old: bytes, new: bytes) -> Cast:
        """Return the same fleet in which each node says one thing in place of another."""
        assert all(old in text for text in self.texts.values())
        return replace(self, texts={each: text.replace(old, new) for each, text in self.texts.items()})

    @property
    def ids(self) -> tuple[str, ...]:
        """The nodes, the affected ones first."""
        return tuple(node.instance_id for node in self.fleet.nodes)


@cache
def leaking_fleet() -> Cast:
    """Return six nodes of the incident, and what the real script prints on each."""
    fleet = load("incident")
    return _recorded(replace(fleet, nodes=fleet.nodes[:NODES]))


@cache
def mended_fleet() -> Cast:
    """Return the same nodes once the root cause is gone."""
    return _recorded(without(leaking_fleet().fleet, ROOT_CAUSE))


def _recorded(fleet: Fleet) -> Cast:
    texts = zip(fleet.nodes, printed(fleet), strict=True)
    return Cast(fleet=fleet, texts={node.instance_id: text.encode() for node, text in texts})


class Lambda:
    """One process that scans."""

    def __init__(self, ahead: Seconds, environment: Mapping[str, str], log: Path) -> None:
        self._calls, theirs = _processes.Pipe()
        arguments = (theirs, ahead, dict(environment), str(log))
        self.process = _processes.Process(target=scanner.serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self._calls.recv()

    def begin(self, invocation: Invocation) -> None:
        """Hand an event over."""
        self._calls.send(invocation)

    def end(self) -> Answer:
        """Wait for the answer; ``DIED`` when the process is no more."""
        with suppress(EOFError, ConnectionError):
            if not self._calls.poll(PATIENCE_SECONDS):
                self.kill()
                raise AssertionError("a scan does not end")
            answer: Answer = self._calls.recv()
            return answer
        self.process.join()
        return DIED

    def kill(self) -> None:
        """End the process as the kernel does when memory runs out: at once, at any instruction."""
        self.process.kill()
        self.process.join()


@dataclass(slots=True, kw_only=True)
class Stage:
    """The account with all that happened in it."""

    aws: RecordedAws
    ahead: Seconds
    log: Path
    datapoints: list[Datapoint] = field(default_factory=list)
    """The fleet's totals, and Lambda's own ``Errors``, at the time of the timeline."""
    _warm: list[Lambda] = field(default_factory=list)
    _measured: int = 0

    @property
    def now(self) -> float:
        """The time of the timeline, in seconds since the epoch."""
        return time.time() + self.ahead.value

    def go_to(self, minute: float) -> None:
        """Let time pass until a minute of the timeline, if it is not there yet."""
        self.ahead.value += max(0.0, START.timestamp() + minute * 60 - self.now)

    def scan(
        self, minute: float, *, of_minute: float | None = None, request_id: str = "", skew_seconds: float = 0.0
    ) -> Answer:
        """Deliver the event of a minute then (or of an earlier one), wait for its end, and return what came of it."""
        (answer,) = self.scan_at_once(
            minute,
            [minute if of_minute is None else of_minute],
            request_ids=[request_id or str(uuid.uuid4())],
            skews=[skew_seconds],
        )
        return answer

    def scan_at_once(
        self,
        minute: float,
        of_minutes: Sequence[float],
        *,
        request_ids: Sequence[str] = (),
        skews: Sequence[float] = (),
    ) -> list[Answer]:
        """Deliver the events of these minutes at the same moment, each to a Lambda of its own."""
        while len(self._warm) < len(of_minutes):
            self._warm.append(Lambda(self.ahead, self.aws.environment, self.log))
        self.go_to(minute)
        ids = request_ids or [str(uuid.uuid4()) for _ in of_minutes]
        wrong = skews or [0.0] * len(of_minutes)
        used = self._warm[: len(of_minutes)]
        for each, minute_of_event, request_id, skew in zip(used, of_minutes, ids, wrong, strict=True):
            each.begin(Invocation(event=event(minute_of_event), request_id=request_id, skew_seconds=skew))
        answers = [each.end() for each in used]
        self._warm = [each for each in self._warm if each.process.is_alive()]
        self._record(answers)
        return answers

    def kill_at(self, action: str, moment: Moment, *, number: int = 1, of: str = "", without: str = "") -> None:
        """Kill the Lambda that makes this call: one whose body holds ``of`` and not ``without``, if that is given."""

        def kill() -> None:
            self._warm[0].kill()

        self.aws.traps.set(Trap(action=action, moment=moment, number=number, fits=holding(of, without), happens=kill))

    def become(self, cast: Cast) -> None:
        """Let the nodes be others from now on."""
        self.aws.become(cast.fleet, cast.texts)

    def close(self) -> None:
        """End all processes."""
        for each in self._warm:
            each.kill()

    def alarm(self, name: str) -> alarms.State:
        """Return what an alarm of the stack says now."""
        return alarms.state(name, self.datapoints, at=self.now)

    @property
    def texts(self) -> list[str]:
        """What the messages say, oldest first."""
        return [json.loads(message["Message"])["text"] for message in self.aws.messages]

    @property
    def reported(self) -> Counter[str]:
        """What changed, as "opened critical load_high" -> how many messages report it."""
        stored = self.aws.stored
        reports = {key.rpartition("/")[2].partition(".json")[0]: key for key in stored if key.endswith(".json.gz")}
        reported: Counter[str] = Counter()
        for message, text in zip(self.aws.messages, self.texts, strict=True):
            key = reports.get(message["MessageAttributes"]["scan_id"]["Value"])
            # A message has room for some changes; the report that it links to has all of them.
            reported.update(changes_in(report_codec.unpack(stored[key])) if key else changes(text))
        return reported

    @property
    def episodes(self) -> dict[str, dict[str, Any]]:
        """Fingerprint -> the episode as it lies in the table."""
        items = (item for item in self.aws.items if item["pk"]["S"] == "episodes")
        return {item["sk"]["S"]: json.loads(item["body"]["S"]) for item in items}

    @property
    def open(self) -> set[str]:
        """The fingerprints of the open episodes."""
        return {name for name, episode in self.episodes.items() if episode["state"] == "open"}

    @property
    def owed(self) -> set[str]:
        """The fingerprints of the episodes with a pending notification; an empty field is not written."""
        return {name for name, episode in self.episodes.items() if episode.get("owed")}

    @property
    def rings(self) -> set[str]:
        """The nodes whose memory is in the table."""
        owners = (item["pk"]["S"] for item in self.aws.items)
        return {owner.removeprefix("node#") for owner in owners if owner.startswith("node#")}

    @property
    def logged(self) -> str:
        """What the function has logged."""
        return self.log.read_text()

    def _record(self, answers: Sequence[Answer]) -> None:
        measured = self.aws.measured
        self.datapoints += [
            Datapoint(at=self.now, name=name, value=value) for name, value in measured[self._measured :]
        ]
        self._measured = len(measured)
        self.datapoints += [Datapoint(at=self.now, name="Errors", value=float(bool(each.error))) for each in answers]


@contextmanager
def staged(
    cast: Cast | None = None, *, faults: Faults | None = None, tempo: Tempo | None = None, is_now: bool = False
) -> Iterator[Stage]:
    """Give an account with a fleet (the affected one) and an empty table, at minute 0, or at the machine's own time."""
    cast = cast or leaking_fleet()
    ahead = RawValue("d", 0.0 if is_now else START.timestamp() - time.time())

    def sleep(seconds: float) -> None:
        ahead.value += seconds

    with (
        tempfile.TemporaryDirectory(prefix="fleetscan-failure-") as folder,
        RecordedAws(
            cast.fleet,
            cast.texts,
            faults=faults or Faults(),
            tempo=tempo or Tempo(slow_share=0.0),
            clock=lambda: time.time() + ahead.value,
            sleep=sleep,
        ) as aws,
    ):
        stage = Stage(aws=aws, ahead=ahead, log=Path(folder) / "log")
        try:
            yield stage
        finally:
            stage.close()


def event(minute: float) -> dict[str, str]:
    """Return what the schedule sends for a minute."""
    at = datetime.fromtimestamp(START.timestamp() + minute * 60, UTC)
    return {"source": "fleetscan.schedule", "scheduled_at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def accounted(answer: Answer) -> tuple[int, int]:
    """Return how many nodes a scan has in its report and how many of them answered."""
    assert answer.result is not None, answer.error
    return answer.result["nodes"], answer.result["answered"]


def changes(text: str) -> list[str]:
    """Return what a message reports, as "opened critical load_high"."""
    return [" ".join(found.groups()) for line in text.splitlines() if (found := _CHANGE.match(line))]


def changes_in(report: Report) -> list[str]:
    """Return the same of a stored report."""
    reported = report.chronicle.reported if report.chronicle else ()
    return [f"{one.kind.value} {one.episode.severity.value} {one.episode.fingerprint.rule}" for one in reported]


class holding:  # noqa: N801 - a predicate, spoken like a function
    """Whether a call's body holds one word and not another."""

    def __init__(self, word: str, without: str = "") -> None:
        self._word, self._without = word.encode(), without.encode()

    def __call__(self, call: Call) -> bool:
        """Look into the body."""
        return self._word in call.body and not (self._without and self._without in call.body)
