# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""First step of a fan-out: reads the list of targets and splits large ones into shards."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan import settings
from fleetscan.bootstrap import hub
from fleetscan.bootstrap.claims import claimed
from fleetscan.bootstrap.hub import Hub
from fleetscan.fanout import plan
from fleetscan.settings import fanout as fanout_settings

logger = Logger(service="fleetscan")

AT_ONCE = 8
"""Targets whose workers are counted in parallel."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the items of the map; none if this start is a duplicate. Errors are raised so that alarms fire."""
    wanted, fanned = settings.read(os.environ), fanout_settings.read(os.environ)
    home = hub.of_function(fanned, context.invoked_function_arn)
    run, end = str(event["run"]), time.time() + context.get_remaining_time_in_millis() / 1000
    deadline, margin = end - wanted.safety_margin_seconds, wanted.safety_margin_seconds
    home.clients.begin(deadline, margin)
    given = event.get("input") or {}
    # Prefixed, as a stack for one Region may claim the same time in the same table.
    start = {name: f"fanout {given[name]}" for name in ("scheduled_at", "execution_id") if given.get(name)}
    # A retry of the state machine has the same run; a second execution has another name.
    with claimed(home.clients, wanted, start, until=end, owner=run) as is_ours:
        if not is_ours:
            return _of_an_attempt_before(home, run, fanned.concurrency)
        targets = plan.targets(home.store().get(plan.TARGETS))
        _ = home.clients.sts  # made before threads share it
        with ThreadPoolExecutor(AT_ONCE) as pool:
            counts = pool.map(
                lambda target: home.count(target, run, wanted.clusters, deadline=deadline, margin_seconds=margin),
                targets,
            )
            workers = dict(zip(targets, counts, strict=True))
        items = plan.items(workers, shard_nodes=fanned.shard_nodes, credit_nodes=wanted.credit_node_limit)
        home.store(run).put(plan.PLAN, plan.written(items))
    logger.info("Scan planned", extra={"run": run, "targets": len(items), "workers": sum(workers.values())})
    return _answer(items, fanned.concurrency)


def _of_an_attempt_before(home: Hub, run: str, concurrency: int) -> dict[str, Any]:
    """Return the stored plan of this run if the response of an earlier attempt was lost; else skip the scan."""
    stored = home.store(run).get(plan.PLAN)
    if stored is None:
        logger.info("Scan skipped: another execution makes it or has made it", extra={"run": run})
        return {"is_ours": False, "items": [], "concurrency": 1}
    logger.info("Scan was planned by an earlier attempt whose response was lost", extra={"run": run})
    return _answer(plan.planned(stored), concurrency)


def _answer(items: Sequence[plan.Item], concurrency: int) -> dict[str, Any]:
    return {"is_ours": True, "items": [item.document() for item in items], "concurrency": concurrency}
