"""One scan of a very large fleet: ``python tests/bench/bench_scale.py``.

A simulated AWS with 10,000 nodes runs in a process of its own (documented throttling of EC2, careful assumptions for
Systems Manager, 30 ms a call); the function's own code scans it in another, whose memory and time are measured. Beside
it, in the same run and on a fleet of healthy nodes, the obvious way: a poll loop of GetCommandInvocation for each node.
The seconds until something is done are mostly waiting, for a simulated AWS that has its pace on any machine. The CPU
time is the machine's, so its budget is a ratio to the reference (tests/bench/reference.py), which the scanning process
measures before and after.
With ``--profile`` one scan more shows what its CPU time goes into.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import reference
from tests.bench.cpu_share import MEGABYTES_PER_CORE, cpu_share, join
from tests.bench.crowd_client import CrowdServer, crowd_server
from tests.bench.spent import spent

CALLS_BUDGET = 0.05
"""API calls a healthy node for sending and collecting together; the floor is 0.04: one SendCommand and one page of
ListCommandInvocations for 50 nodes."""
SECONDS_BUDGET = 120.0
CPU_BUDGET = 60.0
"""CPU time a node, times the reference."""
MEMORY_BUDGET_MIB = 350
TIME_LIMIT_SECONDS = 270.0
"""The stack's timeout of 300 s less its margin."""
LANDMARKS = {
    "fleetscan.capture.parse": "reading what nodes printed",
    "fleetscan.capture.procfs": "reading what nodes printed",
    "fleetscan.capture.rows": "reading what nodes printed",
    "fleetscan.diagnosis.diagnose": "judging nodes: rules, investigation, picture",
    "fleetscan.scan.node_history": "what is remembered of nodes, read and written",
    "fleetscan.fleet.conclude": "comparing the fleet",
    "fleetscan.storage.report_codec": "packing the report for the bucket",
    "fleetscan.render": "pages and messages",
    "fleetscan.scan.metrics": "metrics",
    "fleetscan.aws": "handling what AWS answers",
    "botocore": "botocore: making, signing and parsing calls",
    "urllib3": "botocore: making, signing and parsing calls",
    "http": "botocore: making, signing and parsing calls",
    "xml": "botocore: making, signing and parsing calls",
    "importlib": "importing modules",
    "_frozen_importlib": "importing modules",
    "_frozen_importlib_external": "importing modules",
}
"""Module -> what the processor does there."""
FIGURES = (
    ("nodes", "nodes in the report"),
    ("answered", "of them answered"),
    ("listed", "seconds until all are listed"),
    ("first_answer", "... until the first has answered"),
    ("half", "... until half have"),
    ("collected", "... until the last is waited for"),
    ("seconds", "... until all is judged and told"),
    ("judged_early", "judged while others were awaited"),
    ("cpu_seconds", "CPU seconds of the function"),
    ("reference_ms", "the reference, CPU ms a node *"),
    ("ratio", "CPU a node, times the reference"),
    ("peak_mib", "peak resident memory, MiB"),
)
"""What a scan measures of itself -> how it is called."""
LAMBDA_MEGABYTES = 512
GONE = 20
"""Nodes of 10,000 that are terminated in the first scan: the next does not list them."""
COLLECTING = ("ssm:SendCommand", "ssm:ListCommands", "ssm:ListCommandInvocations", "ssm:GetCommandInvocation")


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Scan a simulated fleet of thousands of nodes.")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--compared", type=int, default=250, help="healthy nodes for the comparison (default: 250)")
    parser.add_argument("--profile", action="store_true", help="show what the CPU time of one scan goes into, no more")
    parser.add_argument("--role", choices=[*_ROLES], help=argparse.SUPPRESS)
    parser.add_argument("--group", default="", help=argparse.SUPPRESS)
    parser.add_argument("--ids", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        if options.group:
            join(options.group)
        _put(_ROLES[options.role](options.ids))
        return 0
    if options.profile:
        with crowd_server(options.nodes) as server:
            _measured(server, "scan")  # so that there is something to remember
            profile, _ = _measured(server, "profile")
        _say(
            f"the second scan of {options.nodes:,} nodes: {profile['cpu_seconds']:.1f} s of CPU, "
            f"{profile['ratio']:.1f} times the reference a node\n(the reference: {reference.SPLIT_RECORDED}, "
            f"{profile['reference_ms']:.3f} ms)\n\n{profile['words']}"
        )
        return 0
    is_within = _large(options.nodes)
    _compared(options.compared)
    return 0 if is_within else 1


def _large(nodes: int) -> bool:
    with crowd_server(nodes) as server, cpu_share(LAMBDA_MEGABYTES) as group:
        scans = {"first scan": _measured(server, "scan"), "next scan": _measured(server, "scan")}
        if group is not None:
            scans[f"as {LAMBDA_MEGABYTES} MB"] = _measured(server, "scan", "--group", str(group))
    _say(f"{nodes:,} nodes, of whom some are sick, silent, gone or hanging; one Lambda's code, one process\n")
    _say(
        f"({LAMBDA_MEGABYTES} MB: with {LAMBDA_MEGABYTES / MEGABYTES_PER_CORE:.2f} of a core, as Lambda gives it)\n\n"
        if group
        else "(not measured: the share of a core that Lambda gives; that needs root and cgroups)\n\n"
    )
    _say(f"{'':34}{''.join(f'{title:>12}' for title in scans)}\n")
    for name, title in FIGURES:
        _say(f"  {title:32}{''.join(f'{scan[name]:>12,.6g}' for scan, _ in scans.values())}\n")
    for action in sorted({action for _, calls in scans.values() for action in calls}):
        _say(f"  {action:32}{''.join(f'{calls.get(action, 0):>12,}' for _, calls in scans.values())}\n")
    shares = [_collecting(calls) / scan["answered"] for scan, calls in scans.values()]
    _say(f"  {'calls a node that answered **':32}{''.join(f'{share:>12.4f}' for share in shares)}\n")
    _say(f"  * {reference.SPLIT_RECORDED}\n")
    _say("  ** to send and to collect, those that were refused and made again included\n")
    is_within = all(
        share <= CALLS_BUDGET
        and scan["seconds"] <= SECONDS_BUDGET
        and scan["ratio"] <= CPU_BUDGET
        and scan["peak_mib"] <= MEMORY_BUDGET_MIB
        and scan["nodes"] + GONE >= nodes
        for share, (scan, _) in zip(shares, scans.values(), strict=True)
    )
    _say(
        f"  budgets: {SECONDS_BUDGET:.0f} s, CPU {CPU_BUDGET:.0f} times the reference, {MEMORY_BUDGET_MIB} MiB, "
        f"{CALLS_BUDGET} calls; {'kept' if is_within else 'MISSED'}\n"
    )
    return is_within


def _compared(nodes: int) -> None:
    with crowd_server(nodes, "--healthy", "--affected-per-thousand", "0") as server:
        ours, our_calls = _measured(server, "scan")
    with crowd_server(nodes, "--healthy", "--affected-per-thousand", "0") as server:
        theirs, their_calls = _measured(server, "obvious", "--ids", str(nodes))
    our, their = _collecting(our_calls), _collecting(their_calls)
    _say(f"\n{nodes:,} healthy nodes, to send and to collect:\n{'':34}{'this':>12}{'obvious':>12}{'ratio':>9}\n")
    _say(f"  {'API calls, refused ones included':32}{our:>12,}{their:>12,}{their / our:>9.0f}\n")
    _say(f"  {'API calls a node':32}{our / nodes:>12.3f}{their / nodes:>12.3f}\n")
    _say(
        f"  {'seconds (this: the whole scan)':32}{ours['seconds']:>12.1f}{theirs['seconds']:>12.1f}"
        f"{theirs['seconds'] / ours['seconds']:>9.1f}\n"
    )
    _say(f"  {'nodes that answered':32}{ours['answered']:>12,}{theirs['answered']:>12,}\n")


def _collecting(calls: Mapping[str, int]) -> int:
    """Return how many calls went into sending and collecting."""
    return sum(calls.get(action, 0) for action in COLLECTING)


def _scan(_ids: int) -> dict[str, Any]:
    """Scan once with the function's own code, in this process."""
    from fleetscan.model import CaptureStatus  # noqa: PLC0415  # the child's memory is measured, not the parent's
    from functions.scan import app  # noqa: PLC0415  # same

    beside = reference.split_recorded()
    before = beside.seconds()
    began = time.monotonic()
    stages: dict[str, float] = {}

    def note(name: str) -> None:
        stages.setdefault(name, round(time.monotonic() - began, 1))

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "discovery":
            note("listed")
        if stage == "answers":
            note("first_answer")
            if done * 2 >= total:
                note("half")
        if stage == "collection" and done == total:
            note("collected")
        if stage == "analysis" and "collected" not in stages:
            stages["judged_early"] = done

    report = app.run(time.time() + TIME_LIMIT_SECONDS, progress, account="123456789012")
    used = spent(began)
    reference_seconds = (before + beside.seconds()) / 2
    return {
        "nodes": len(report.diagnoses),
        "answered": sum(d.coverage.status is CaptureStatus.ANSWERED for d in report.diagnoses),
        "judged_early": 0,
        **stages,
        **used,
        "reference_ms": round(reference_seconds * 1_000, 3),
        "ratio": round(used["cpu_seconds"] / len(report.diagnoses) / reference_seconds, 1),
    }


def _profile(_ids: int) -> dict[str, Any]:
    """Scan once and look what the processor is at."""
    from tests.bench.sampler import Samples  # noqa: PLC0415  # same

    samples = Samples(LANDMARKS)
    began = time.monotonic()
    with samples.taken():
        scan = _scan(0)
    return {**scan, "words": samples.report(), **spent(began)}


def _obvious(count: int) -> dict[str, Any]:
    from tests.bench import obvious_collector  # noqa: PLC0415  # same

    began = time.monotonic()
    instance_ids = [f"i-{number:017x}" for number in range(count)]
    answered = obvious_collector.collect(os.environ["FLEETSCAN_DOCUMENT_NAME"], instance_ids)
    return {"nodes": count, "answered": answered, **spent(began)}


_ROLES = {"scan": _scan, "obvious": _obvious, "profile": _profile}


def _measured(server: CrowdServer, role: str, *arguments: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what a process in this role measured, and the calls that it made."""
    server.forget()
    done = subprocess.run(  # this file again
        [sys.executable, str(Path(__file__)), "--role", role, *arguments],
        env={**os.environ, **server.environment}, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1]), server.calls()


def _put(document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
