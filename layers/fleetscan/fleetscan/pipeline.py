"""The whole program on one page: which nodes there are, what they say, what that means, who is told.

``examine`` is its pure half, one capture to one diagnosis; ``scan`` is the half that has consequences.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from fleetscan.chronicle import Debts, Keeper, moment
from fleetscan.credit_questions import BALANCE_RULES, credit_balances, credit_modes
from fleetscan.diagnose import diagnose
from fleetscan.errors import PublishError, in_words
from fleetscan.fleet.conclude import concluded
from fleetscan.investigation import HYPOTHESES
from fleetscan.investigation.hypothesis import AnyHypothesis
from fleetscan.metrics import metrics
from fleetscan.model import (
    Capture,
    CaptureStatus,
    Coverage,
    Credits,
    Diagnosis,
    Node,
    Report,
    Sample,
    Window,
)
from fleetscan.model.memory import History
from fleetscan.model.threshold import MovedThreshold
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.numbers import shown
from fleetscan.parse import read
from fleetscan.ports import (
    Clock,
    ClusterReader,
    Collector,
    CreditReader,
    Inventory,
    MetricSink,
    NodeMemory,
    Progress,
    Sink,
)
from fleetscan.recollection import kept, recalled
from fleetscan.rule import AnyRule
from fleetscan.rules import RULES
from fleetscan.settings import Settings
from fleetscan.shelving import Shelving
from fleetscan.tuning import moved_words, tuned

type Notes = tuple[str, ...]
type Delivery = tuple[str, Callable[[], None]]
type Examine = Callable[[Capture, Credits | None, History | None], Diagnosis]

NO_MEMORY = (
    "Nothing is remembered from scan to scan, for there is no table: what grows, and who was well before, is not known."
)

logger = logging.getLogger(__name__)


def examine(
    capture: Capture,
    credits: Credits | None = None,  # noqa: A002 - the domain's word; the site builtin is not used
    history: History | None = None,
    *,
    rules: Sequence[AnyRule] = RULES,
    hypotheses: Sequence[AnyHypothesis] = HYPOTHESES,
) -> Diagnosis:
    """Read one capture and judge it. Pure: no clock, no network, the same answer every time."""
    window, coverage = read(capture)
    return diagnose(capture.node, window, coverage, credits, history, rules=rules, hypotheses=hypotheses)


def examiner(changes: Sequence[MovedThreshold]) -> Examine:
    """Return ``examine`` with these thresholds moved, in the rules and in the investigation alike."""
    return partial(examine, rules=tuned(RULES, changes), hypotheses=tuned(HYPOTHESES, changes))


def scan(
    *,
    inventory: Inventory,
    collector: Collector,
    credit_reader: CreditReader,
    metric_sink: MetricSink | None,
    sinks: Sequence[Sink],
    clock: Clock,
    deadline: float,
    settings: Settings,
    progress: Progress | None = None,
    account: str = "",
    region: str = "",
    memory: NodeMemory | None = None,
    keeper: Keeper | None = None,
    cluster_reader: ClusterReader | None = None,  # noqa: ARG001 - wired here, judged with the rules that ask for it
    shelving: Shelving | None = None,
    examine: Examine | None = None,
) -> Report:
    """Scan every worker of the inventory once and publish what was found.

    ``deadline`` is the time of ``clock`` by which collection ends; judging and publishing come after it.
    Trouble of one node is in the report. Raises what discovery and collection raise, for without them there is nothing
    to report, and PublishError when the report is whole but a destination failed; the others have it by then.
    """
    tell = progress or _tell_nobody
    started = clock()

    nodes = inventory.workers()
    tell("discovery", len(nodes), len(nodes))
    modes, mode_notes = credit_modes(credit_reader, nodes)
    captures = _one_for_each(nodes, collector.collect(nodes, deadline=deadline) if nodes else ())
    tell("collection", len(captures), len(captures))

    # Read as late as may be: of two scans at once the later one then knows of the earlier one's reading.
    histories, memory_notes = recalled(memory, nodes, started)
    if memory is None and keeper is None:
        memory_notes = (NO_MEMORY,)
    judged = partial(_examined, examine or examiner(settings.thresholds), histories)
    diagnoses: dict[str, Diagnosis] = {}
    for capture in captures:
        instance_id = capture.node.instance_id
        mode = modes.get(instance_id)
        known = None if mode is None else Credits(mode=mode, wanted_mode=settings.credit_mode, is_metered=False)
        diagnoses[instance_id] = judged(capture, known)
        tell("analysis", len(diagnoses), len(captures))
    followed = keeper.followed(BALANCE_RULES) if keeper else frozenset()
    balances, balance_notes = credit_balances(
        credit_reader, tuple(diagnoses.values()), modes, followed, settings.credit_node_limit
    )
    for capture in captures:
        if found := balances.get(capture.node.instance_id):
            known = replace(found, wanted_mode=settings.credit_mode)
            diagnoses[capture.node.instance_id] = judged(capture, known)
    empty_clusters, cluster_notes = _empty_clusters(inventory, nodes)

    report = concluded(
        Report(
            scan_id=datetime.fromtimestamp(started, UTC).strftime("%Y%m%dT%H%M%S.%fZ"),
            started_at=datetime.fromtimestamp(started, UTC),
            duration_seconds=clock() - started,
            diagnoses=worst_first(diagnoses.values()),
            account=account,
            region=region,
            empty_clusters=empty_clusters,
            notes=(*mode_notes, *memory_notes, *balance_notes, *cluster_notes, *moved_words(settings.thresholds)),
            thresholds=settings.thresholds,
        )
    )
    debts = Debts()
    if keeper:
        lease = moment(deadline + settings.safety_margin_seconds)
        report, debts = keeper.write(report, moment(clock()), lease)
    uncounted = _failures(_numbers(report, metric_sink, settings))
    whereabouts, unshelved = _shelved(shelving, report, settings)
    untold = _failures((type(sink).__name__, partial(sink.send, report, whereabouts)) for sink in sinks)
    if keeper:
        keeper.settle(debts, moment(clock()), is_told=not untold)
    unkept, lost_notes = _kept(memory, histories, report)
    _raise([*uncounted, *unshelved, *untold, *unkept])
    return replace(report, notes=(*report.notes, *lost_notes))


def worst_first(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return them in the order of a report: by severity, then by date of death, then by cluster and instance id."""

    def order(diagnosis: Diagnosis) -> tuple[int, float, str, str]:
        rank = -1 if diagnosis.severity is None else diagnosis.severity.rank
        hours = math.inf if diagnosis.runway is None else diagnosis.runway.hours
        return (-rank, hours, diagnosis.node.cluster, diagnosis.node.instance_id)

    return tuple(sorted(diagnoses, key=order))


def _tell_nobody(_stage: str, _done: int, _total: int) -> None:
    """Stand in where nobody watches."""


def _one_for_each(nodes: Sequence[Node], captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return one capture for every node given, whatever the collector forgot or gave twice."""
    answers = {capture.node.instance_id: capture for capture in captures}
    return tuple(
        answers.get(node.instance_id)
        or Capture(node=node, status=CaptureStatus.FAILED, reason="The collector gave no answer for this node.")
        for node in {node.instance_id: node for node in nodes}.values()
    )


def _examined(examine: Examine, histories: Mapping[str, History], capture: Capture, known: Credits | None) -> Diagnosis:
    """Return a diagnosis whatever happens: a bug that one node brings to light must not hide the others."""
    try:
        return examine(capture, known, histories.get(capture.node.instance_id))
    except Exception as error:
        logger.exception("The examination of %s failed", capture.node.instance_id)
        problem = f"The examination failed with {type(error).__name__}: {shown(str(error))}"
        coverage = Coverage(status=capture.status, reason=capture.reason, problems=(problem,))
        with suppress(Exception):
            return diagnose(capture.node, Window(first=Sample(), last=Sample()), coverage, known)
        # Nothing was judged, so nothing may be taken for clean.
        return Diagnosis(node=capture.node, coverage=replace(coverage, status=CaptureStatus.FAILED, reason=problem))


def _empty_clusters(inventory: Inventory, nodes: Sequence[Node]) -> tuple[tuple[str, ...], Notes]:
    try:
        return inventory.empty_clusters(nodes), ()
    except Exception as error:  # noqa: BLE001 - same
        return (), (f"EKS clusters without a visible worker were not listed: {in_words(error)}",)


def _numbers(report: Report, metric_sink: MetricSink | None, settings: Settings) -> Iterable[Delivery]:
    if metric_sink is not None:
        yield (
            type(metric_sink).__name__,
            lambda: metric_sink.publish(metrics(report, node_series_limit=settings.node_series_limit)),
        )


def _shelved(
    shelving: Shelving | None, report: Report, settings: Settings
) -> tuple[Whereabouts, Sequence[tuple[str, Exception]]]:
    """Store the whole report before anybody is told of it; one that cannot be stored is told of all the same."""
    whereabouts = Whereabouts(dashboard_url=settings.dashboard_url)
    if shelving is None:
        return whereabouts, ()
    try:
        return replace(shelving.store(report), dashboard_url=settings.dashboard_url), ()
    except Exception as error:  # noqa: BLE001 - told with the destinations that failed
        return whereabouts, ((type(shelving.shelf).__name__, error),)


def _failures(deliveries: Iterable[Delivery]) -> list[tuple[str, Exception]]:
    """Give every destination its turn, and return those that failed."""
    failures: list[tuple[str, Exception]] = []
    for destination, deliver in deliveries:
        try:
            deliver()
        except Exception as error:  # noqa: BLE001 - collected, and raised as one when all had their turn
            failures.append((destination, error))
    return failures


def _kept(
    memory: NodeMemory | None, histories: Mapping[str, History], report: Report
) -> tuple[Sequence[tuple[str, Exception]], Notes]:
    """Keep what this scan has read, last of all: whoever waits for a message does not wait for a table."""
    if memory is None:
        return (), ()
    try:
        return (), kept(memory, histories, report.diagnoses)
    except Exception as error:  # noqa: BLE001 - told with the destinations that failed: a memory must not stop unseen
        return ((type(memory).__name__, error),), ()


def _raise(failures: Sequence[tuple[str, Exception]]) -> None:
    """Raise one error that names every destination that failed, if any did."""
    if failures:
        words = "; ".join(f"{destination}: {in_words(error)}" for destination, error in failures)
        causes = ExceptionGroup("what the destinations raised", [error for _, error in failures])
        raise PublishError(f"Not everything was published: {words}") from causes
