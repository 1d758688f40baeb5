"""The scan from start to end: find the nodes, collect, diagnose, compare, publish.

``examine`` is pure: one capture to one diagnosis. ``scan`` has side effects: it observes the nodes (``observe``), then
compares them, stores and publishes the result (``conclude``). A fleet too large for one invocation is observed by many,
each its part, and concluded by one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Protocol

from fleetscan.capture.parse import read
from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.diagnosis.investigation import HYPOTHESES
from fleetscan.diagnosis.investigation.hypothesis import AnyHypothesis
from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.tuning import moved_words, tuned
from fleetscan.errors import in_words
from fleetscan.fleet.conclude import concluded
from fleetscan.immutable import immutable
from fleetscan.incidents.tracker import moment
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
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.memory import History
from fleetscan.model.part import Part
from fleetscan.model.target import Unseen
from fleetscan.model.threshold import MovedThreshold
from fleetscan.numbers import shown
from fleetscan.ports import ClusterHistoryStore, Inventory, NodeHistoryStore
from fleetscan.scan.cluster_evidence import Answers, ask_clusters, ask_for_pods
from fleetscan.scan.cluster_history import save_cluster_history, with_timelines
from fleetscan.scan.credit_evidence import BALANCE_RULES, credit_balances, credit_modes
from fleetscan.scan.disk_evidence import DISK_RULES, DiskAnswers, disk_limits
from fleetscan.scan.early_diagnosis import EarlyDiagnosis
from fleetscan.scan.node_history import read_histories, save_histories
from fleetscan.scan.ports import Destinations, ScanPorts, Sources
from fleetscan.scan.publish import Failure, publish, raise_all
from fleetscan.scan.worker_rosters import with_lost_workers
from fleetscan.settings import Settings
from fleetscan.terminations.evidence import Deaths

type Notes = tuple[str, ...]


class Examine(Protocol):
    """Diagnoses one capture; ``disks`` are given for the few nodes for which they were read."""

    def __call__(
        self,
        capture: Capture,
        known: Credits | None,
        history: History | None,
        in_cluster: InCluster | None,
        disks: DiskLimits | None = None,
        /,
    ) -> Diagnosis:
        """Return the diagnosis."""


NO_TABLE = "No history is stored, as there is no table: growth, and earlier states of the nodes, are unknown."

KUBERNETES_RATIO = 1 / 3
"""Largest share of the time until the deadline for querying Kubernetes; collecting from the nodes matters more."""

logger = logging.getLogger(__name__)


def examine(
    capture: Capture,
    credits: Credits | None = None,  # noqa: A002 - the domain's term; the site builtin is not used
    history: History | None = None,
    in_cluster: InCluster | None = None,
    disks: DiskLimits | None = None,
    *,
    rules: Sequence[AnyRule] = RULES,
    hypotheses: Sequence[AnyHypothesis] = HYPOTHESES,
) -> Diagnosis:
    """Read one capture and diagnose it. Pure: no clock, no network, deterministic."""
    window, coverage = read(capture)
    return diagnose(
        capture.node,
        window,
        coverage,
        credits,
        history,
        in_cluster=in_cluster,
        disks=disks,
        rules=rules,
        hypotheses=hypotheses,
    )


def examiner(changes: Sequence[MovedThreshold]) -> Examine:
    """Return ``examine`` with these thresholds changed, in the rules and in the investigation."""
    return partial(examine, rules=tuned(RULES, changes), hypotheses=tuned(HYPOTHESES, changes))


@immutable
class Observed:
    """The observed nodes, with the history loaded for them."""

    part: Part
    histories: Mapping[str, History]
    answers: Answers
    """The data from Kubernetes."""


def scan(ports: ScanPorts, settings: Settings, *, deadline: float, examine: Examine | None = None) -> Report:
    """Scan every worker of the inventory once and publish what was found.

    ``deadline`` is the time of the clock by which collection ends; diagnosis and publishing come after it.
    Errors of one node are in the report. Raises what discovery and collection raise, as there is no report without
    them, and PublishError when a destination failed; the others have the report by then.
    """
    sources, destinations = ports.sources, ports.destinations
    seen = observe(sources, settings, deadline=deadline, examine=examine)
    part = seen.part
    if sources.node_history is None and destinations.finding_tracker is None:
        part = replace(part, notes=(NO_TABLE, *part.notes))
    report, deaths = with_timelines(_report(part, destinations, settings), seen.histories, seen.answers.past)
    report = with_lost_workers(destinations.rosters, report, settings)
    report, failures = publish(report, destinations, settings, deadline=deadline)
    unsaved, lost_notes = _save_node_history(sources.node_history, seen.histories, part.diagnoses)
    unsaved_clusters, full_notes = _save_cluster_history(sources.cluster_history, seen.answers, deaths)
    raise_all([*failures, *unsaved, *unsaved_clusters])
    return replace(report, notes=(*report.notes, *lost_notes, *full_notes))


def observe(sources: Sources, settings: Settings, *, deadline: float, examine: Examine | None = None) -> Observed:
    """Collect from every worker of the inventory and diagnose each by itself. Nothing is written or published.

    Raises what discovery and collection raise.
    """
    clock, progress = sources.clock, sources.progress
    started = clock()

    nodes = sources.inventory.workers()
    progress("discovery", len(nodes), len(nodes))
    modes, mode_notes = credit_modes(sources.credit_reader, nodes)
    until = started + (deadline - started) * KUBERNETES_RATIO
    answers = ask_clusters(
        sources.cluster_reader,
        sources.cluster_history,
        nodes,
        now=moment(started),
        deadline=until,
        why_no_reader=sources.why_no_clusters,
    )
    examined = partial(_diagnosed_or_failed, examine or examiner(settings.thresholds))
    credits_of = {
        instance_id: Credits(mode=mode, wanted_mode=settings.credit_mode, is_metered=False)
        for instance_id, mode in modes.items()
    }

    def diagnosed(capture: Capture, histories: Mapping[str, History]) -> Diagnosis:
        instance_id = capture.node.instance_id
        return examined(capture, histories, credits_of.get(instance_id), answers.of(instance_id))

    load_histories = partial(read_histories, sources.node_history, nodes, started)
    early = EarlyDiagnosis(nodes, diagnose=diagnosed, load_histories=load_histories, clock=clock, progress=progress)
    captures = _one_for_each(nodes, early.collected(sources.collector, deadline=deadline) if nodes else ())
    progress("collection", len(captures), len(captures))
    diagnoses, histories, memory_notes = early.finished(captures)
    disks = _disk_limits(sources, tuple(diagnoses.values()), settings)
    balances, balance_notes = credit_balances(
        sources.credit_reader,
        tuple(diagnoses.values()),
        modes,
        sources.followed(BALANCE_RULES),
        settings.credit_node_limit - disks.nodes_spent,
    )
    credits_of |= {each: replace(found, wanted_mode=settings.credit_mode) for each, found in balances.items()}
    limit = settings.kubernetes_node_limit
    pods, pod_notes = ask_for_pods(sources.cluster_reader, diagnoses.values(), limit, clock=clock, deadline=deadline)
    for capture in captures:
        instance_id = capture.node.instance_id
        if instance_id in balances or instance_id in pods or instance_id in disks.limits:
            in_cluster = answers.of(instance_id, pods.get(instance_id))
            known = credits_of.get(instance_id)
            diagnoses[instance_id] = examined(capture, histories, known, in_cluster, disks.limits.get(instance_id))
    empty_clusters, cluster_notes = _empty_clusters(sources.inventory, nodes)
    part = Part(
        started_at=moment(started),
        diagnoses=tuple(diagnoses.values()),
        empty_clusters=empty_clusters,
        notes=(*mode_notes, *memory_notes, *disks.notes, *balance_notes, *cluster_notes, *answers.notes, *pod_notes),
        clusters=answers.views,
    )
    return Observed(part=part, histories=histories, answers=answers)


def save_history(store: NodeHistoryStore | None, seen: Observed) -> Notes:
    """Store the readings of each node; return a note on those not stored. Raises what the store raises."""
    return () if store is None else save_histories(store, seen.histories, seen.part.diagnoses)


def conclude(
    part: Part, destinations: Destinations, settings: Settings, *, deadline: float, unseen: tuple[Unseen, ...] = ()
) -> Report:
    """Compare all observed nodes, store the findings, and publish the report.

    ``unseen`` are the targets without a result. Raises PublishError when a destination failed; the others have the
    report by then.
    """
    report = replace(_report(part, destinations, settings), unseen=unseen)
    report = with_lost_workers(destinations.rosters, report, settings)
    report, failures = publish(report, destinations, settings, deadline=deadline)
    raise_all(failures)
    return report


def _report(part: Part, destinations: Destinations, settings: Settings) -> Report:
    """Return a part as the report of a scan, with the findings of the whole fleet."""
    return concluded(
        Report(
            scan_id=part.started_at.strftime("%Y%m%dT%H%M%S.%fZ"),
            started_at=part.started_at,
            duration_seconds=destinations.clock() - part.started_at.timestamp(),
            diagnoses=worst_first(part.diagnoses),
            account=destinations.account,
            region=destinations.region,
            empty_clusters=part.empty_clusters,
            notes=(*part.notes, *moved_words(settings.thresholds)),
            clusters=part.clusters,
            thresholds=settings.thresholds,
        )
    )


def _one_for_each(nodes: Sequence[Node], captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return exactly one capture for every node given, even if the collector returned none or two."""
    answers = {capture.node.instance_id: capture for capture in captures}
    return tuple(
        answers.get(node.instance_id)
        or Capture(node=node, status=CaptureStatus.FAILED, reason="The collector returned no result for this node.")
        for node in {node.instance_id: node for node in nodes}.values()
    )


def _disk_limits(sources: Sources, diagnoses: Sequence[Diagnosis], settings: Settings) -> DiskAnswers:
    if sources.disk_reader is None:
        return DiskAnswers(limits={})
    return disk_limits(sources.disk_reader, diagnoses, sources.followed(DISK_RULES), settings.credit_node_limit)


def _diagnosed_or_failed(  # noqa: PLR0917 - what is known of one node
    examine: Examine,
    capture: Capture,
    histories: Mapping[str, History],
    known: Credits | None,
    in_cluster: InCluster,
    disks: DiskLimits | None = None,
) -> Diagnosis:
    """Return a diagnosis and never raise: a bug triggered by one node must not hide the others."""
    try:
        return examine(capture, known, histories.get(capture.node.instance_id), in_cluster, disks)
    except Exception as error:
        logger.exception("The examination of %s failed", capture.node.instance_id)
        problem = f"The examination failed with {type(error).__name__}: {shown(str(error))}"
        coverage = Coverage(status=capture.status, reason=capture.reason, problems=(problem,))
        with suppress(Exception):
            empty = Window(first=Sample(), last=Sample())
            return diagnose(capture.node, empty, coverage, known, in_cluster=in_cluster)
        # Nothing was evaluated, so the node must not count as healthy.
        return Diagnosis(node=capture.node, coverage=replace(coverage, status=CaptureStatus.FAILED, reason=problem))


def _empty_clusters(inventory: Inventory, nodes: Sequence[Node]) -> tuple[tuple[str, ...], Notes]:
    try:
        return inventory.empty_clusters(nodes), ()
    except Exception as error:  # noqa: BLE001 - same
        return (), (f"EKS clusters without a visible worker were not listed: {in_words(error)}",)


def _save_node_history(
    store: NodeHistoryStore | None, histories: Mapping[str, History], diagnoses: Sequence[Diagnosis]
) -> tuple[Sequence[Failure], Notes]:
    """Store the node history, last of all, so that notifications do not wait for it."""
    if store is None:
        return (), ()
    try:
        return (), save_histories(store, histories, diagnoses)
    except Exception as error:  # noqa: BLE001 - raised with the destinations that failed, so that it is not missed
        return ((type(store).__name__, error),), ()


def _save_cluster_history(
    store: ClusterHistoryStore | None, answers: Answers, deaths: Deaths
) -> tuple[Sequence[Failure], Notes]:
    """Store the Kubernetes events and pod terminations, likewise last."""
    try:
        return (), save_cluster_history(store, answers, deaths)
    except Exception as error:  # noqa: BLE001 - same
        return ((type(store).__name__, error),), ()
