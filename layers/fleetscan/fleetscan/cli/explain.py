"""``fleetscan explain pod NAMESPACE/NAME``: why a pod was terminated, from what earlier scans stored of it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from fleetscan.cli import terminal
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.stored import stored
from fleetscan.errors import FleetscanError
from fleetscan.incidents.tracker import moment
from fleetscan.model import Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.render.json import termination
from fleetscan.render.text.termination import explained
from fleetscan.storage import report_file
from fleetscan.terminations.merged_counts import PodRecords, pod_records, sources
from fleetscan.terminations.unanswered import problems_of


def run(arguments: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> ExitCode:
    """Search the table, if one is named, and the last report; say what is not known, and why."""
    past = ClusterPast()
    if arguments.table:
        # boto3 takes a third of a second to import; it is not needed for the last report alone.
        from fleetscan.bootstrap.terminal import account, cluster_history  # noqa: PLC0415

        aws = account(arguments.region, arguments.profile, arguments.endpoint_url)
        past = cluster_history(aws, arguments.table, clock).deaths(arguments.pod)
    report = _last_report(arguments)
    known = pod_records(arguments.pod, arguments.cluster, past, report)
    looked = sources(arguments.table, report, bucket=arguments.bucket)
    problems = (*known.problems, *_doubts(report, known))
    for problem in problems:
        terminal.say(problem)
    if arguments.json:
        terminal.put(
            termination.render(arguments.pod, known.stories, known.events, looked, seen=known.seen, problems=problems)
        )
    else:
        terminal.put(explained(arguments.pod, known.stories, known.events, looked, moment(clock()), seen=known.seen))
    return ExitCode.SCANNED if known.is_known else ExitCode.NOTHING_SCANNED


def _last_report(arguments: argparse.Namespace) -> Report | None:
    """Return the last report, of a bucket or of this machine; one that cannot be read is left out."""
    file = report_file.path()
    if not arguments.bucket and not file.exists():
        return None
    try:
        return stored(arguments) if arguments.bucket else report_file.read(file)
    except FleetscanError as error:
        terminal.say(str(error))
        return None


def _doubts(report: Report | None, known: PodRecords) -> tuple[str, ...]:
    """Return why no termination is known, where the last report says it: what was not queried is no answer."""
    if known.stories or report is None:
        return ()
    if not report.clusters:
        return (f"in the last report: {NOT_ASKED}",) if NOT_ASKED in report.notes else ()
    return tuple(problem for view in report.clusters for problem in problems_of(view, report.clusters))
