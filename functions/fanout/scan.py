# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""Second step of a fan-out: observes one target and stores the result."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan import settings
from fleetscan.bootstrap import hub
from fleetscan.bootstrap.hub import Hub
from fleetscan.bootstrap.sources import sources_of_target
from fleetscan.errors import in_words
from fleetscan.fanout import plan
from fleetscan.model import CaptureStatus
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.scan import pipeline
from fleetscan.settings import Settings
from fleetscan.settings import fanout as fanout_settings
from fleetscan.storage import part_codec

logger = Logger(service="fleetscan")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Scan one target, store the result and return counts.

    An error is raised so that the state machine retries, and stored as the reason for the last step.
    """
    wanted, fanned = settings.read(os.environ), fanout_settings.read(os.environ)
    home, target = hub.of_function(fanned, context.invoked_function_arn), plan.target_of(event["target"])
    run = str(event["run"])
    store = home.store(run)
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000 - wanted.safety_margin_seconds
    home.clients.begin(deadline, wanted.safety_margin_seconds)
    limited = replace(wanted, credit_node_limit=int(event["target"].get("credit_nodes", wanted.credit_node_limit)))
    try:
        part = observe(home, target, limited, run=run, deadline=deadline)
    except Exception as error:
        store.put(part_codec.name(target), part_codec.write(part_codec.Failure(reason=in_words(error))))
        raise
    store.put(part_codec.name(target), part_codec.write(part))
    answered = sum(one.coverage.status is CaptureStatus.ANSWERED for one in part.diagnoses)
    answer = {"key": target.key, "nodes": len(part.diagnoses), "answered": answered}
    logger.info("Target scanned", extra={"run": run, **answer, "notes": part.notes})
    return answer


def observe(home: Hub, target: Target, wanted: Settings, *, run: str, deadline: float) -> Part:
    """Observe a target with its own clients; its history is in the hub's table."""
    inside = home.enter(target, run).begin(deadline, wanted.safety_margin_seconds)
    sources = sources_of_target(inside, home.clients, wanted, target)
    seen = pipeline.observe(sources, wanted, deadline=deadline)
    return replace(seen.part, notes=(*seen.part.notes, *pipeline.save_history(sources.node_history, seen)))
