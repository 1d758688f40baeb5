"""``fleetscan scan``: the workers of a real account, from a terminal, with or without the stack."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from fleetscan.capture import local
from fleetscan.cli import mute_file, terminal, threshold_option
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.outcome import finish
from fleetscan.cli.progress import Progress
from fleetscan.incidents.tracker import moment
from fleetscan.model.episode import Mutes
from fleetscan.render.words.change_words import muted as words
from fleetscan.scan import pipeline
from fleetscan.settings import Settings

SHELL_DOCUMENT = "AWS-RunShellScript"
"""AWS's own document: runs whatever it is given, so it works where the stack's parameterless document is not."""


def run(arguments: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> ExitCode:
    """Find the workers, collect, evaluate, show. Nothing is published: no metric, no message."""
    # boto3 takes a third of a second to import; the commands without AWS do not wait for it.
    from fleetscan.aws import table  # noqa: PLC0415
    from fleetscan.aws.clients import Clients  # noqa: PLC0415
    from fleetscan.aws.cluster_access import EksClusterAccess  # noqa: PLC0415
    from fleetscan.aws.credits import Ec2CreditReader  # noqa: PLC0415
    from fleetscan.aws.dynamodb.node_memory import DynamoNodeMemory  # noqa: PLC0415
    from fleetscan.aws.ec2 import Ec2Inventory  # noqa: PLC0415
    from fleetscan.aws.run_command.collector import RunCommandCollector  # noqa: PLC0415
    from fleetscan.kubernetes.reader import cluster_reader  # noqa: PLC0415

    clients = Clients(region=arguments.region, profile=arguments.profile, endpoint_url=arguments.endpoint_url)
    if not clients.region:
        terminal.say("no Region is configured; name one with --region")
        return ExitCode.USAGE
    moved = threshold_option.chosen(arguments)
    muted = mute_file.read(arguments.mutes, moment(clock())) if arguments.mutes else Mutes()
    wanted = Settings(
        clusters=tuple(arguments.cluster),
        document_name=arguments.document or "",
        table_name=arguments.table or "",
        kubernetes_access=arguments.kubernetes,
        thresholds=moved,
    )
    inventory = Ec2Inventory(clients.ec2, clients.eks, clusters=tuple(arguments.cluster))
    with Progress() as progress:
        collector = RunCommandCollector(
            clients.ssm,
            document=arguments.document or SHELL_DOCUMENT,
            commands=() if arguments.document else _script_lines(),
            clock=clock,
            sleep=time.sleep,
            running=inventory.running,
            progress=progress,
        )
        report = pipeline.scan(
            inventory=inventory,
            collector=collector,
            credit_reader=Ec2CreditReader(clients.ec2, clients.cloudwatch, clock),
            metric_sink=None,
            sinks=(),
            clock=clock,
            deadline=clock() + arguments.timeout,
            settings=wanted,
            progress=progress,
            account=clients.account(),
            region=clients.region,
            memory=DynamoNodeMemory(clients.dynamodb, arguments.table, is_read_only=True) if arguments.table else None,
            keeper=table.keeper(clients, wanted, is_read_only=True),
            cluster_reader=cluster_reader(EksClusterAccess(clients), wanted, clock, time.sleep),
            cluster_memory=table.cluster_memory(clients, wanted, is_read_only=True),
        )
    notes = (*report.notes, *muted.problems, *(f"Muted: {words(one)}" for one in muted.active))
    notes += tuple(f"Mute expired: {words(one)}" for one in muted.expired)
    return finish(replace(report, notes=notes), arguments, mutes=muted.active)


def _script_lines() -> tuple[str, ...]:
    return tuple(local.script_path().read_text(encoding="utf-8").splitlines())
