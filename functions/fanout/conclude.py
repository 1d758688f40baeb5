# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""Last step of a fan-out: combines the results of all targets, compares, stores and publishes them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan import settings
from fleetscan.bootstrap import hub
from fleetscan.bootstrap.destinations import destinations
from fleetscan.errors import UnseenError
from fleetscan.fanout import gather, plan
from fleetscan.fanout.gather import Gathered
from fleetscan.model import Report
from fleetscan.model.target import Target
from fleetscan.ports import RunStore
from fleetscan.scan import pipeline
from fleetscan.settings import fanout as fanout_settings
from fleetscan.storage import part_codec

logger = Logger(service="fleetscan")

AT_ONCE = 8
"""Files fetched in parallel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """The result of a run."""

    report: Report
    found: Gathered
    is_tolerated: bool
    """Whether the share of targets without a result is tolerated."""

    def counts(self) -> dict[str, Any]:
        """Return the counts for the state machine."""
        return {
            "scan_id": self.report.scan_id,
            "nodes": len(self.report.diagnoses),
            "targets": self.found.targets,
            "unseen": len(self.found.unseen),
            "is_tolerated": self.is_tolerated,
        }


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Conclude a run and return counts; an error is raised so that the state machine retries and alarms fire."""
    done = conclude(event, context)
    answer = done.counts()
    logger.info("Scan completed", extra={**answer, "run": event["run"], "notes": done.report.notes})
    return answer


def conclude(event: Mapping[str, Any], context: LambdaContext) -> Concluded:
    """Combine the results of a run and publish the report. Raises UnseenError if no target has a result."""
    wanted, fanned = settings.read(os.environ), fanout_settings.read(os.environ)
    home = hub.of_function(fanned, context.invoked_function_arn)
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000 - wanted.safety_margin_seconds
    home.clients.begin(deadline, wanted.safety_margin_seconds)
    found = gathered(
        home.store(str(event["run"])),
        errors={str(one.get("key")): str(one["error"]) for one in event["results"] if one and one.get("error")},
        started_at=datetime.fromisoformat(event["started_at"]),
        home=home.place,
    )
    if len(found.unseen) == found.targets:
        raise UnseenError(f"None of {found.targets} targets returned a result: {'; '.join(found.part.notes)}")
    place = home.place
    report = pipeline.conclude(
        found.part,
        destinations(home.clients, wanted, account=place.account, region=place.region),
        wanted,
        deadline=deadline,
        unseen=found.unseen,
    )
    return Concluded(report=report, found=found, is_tolerated=found.is_tolerated(fanned.tolerated_percent))


def gathered(store: RunStore, *, errors: Mapping[str, str], started_at: datetime, home: Target) -> Gathered:
    """Return all parts of a run as one, read from the store."""
    targets = [item.target for item in plan.planned(store.get(plan.PLAN))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        files = pool.map(lambda target: store.get(part_codec.name(target)), targets)
        answers = {target: part_codec.read(file) for target, file in zip(targets, files, strict=True)}
    return gather.gathered(targets, answers, errors, started_at=started_at, home=home)
