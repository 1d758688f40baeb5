"""What the end-to-end tests share: scans that look for answers sooner.

A real node takes five seconds between its two samples, so the first poll comes after seven. Simulated nodes take none;
the tests of the built artifact and of the wheel run other processes, at the pace that is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from fleetscan.aws.run_command.collector import Pace, RunCommandCollector
from fleetscan.bootstrap import sources

SOONER = Pace(first_seconds=1.0, next_seconds=1.0)


@pytest.fixture(scope="session", autouse=True)
def sooner() -> Iterator[None]:
    """Let every scan of this process poll at a pace for simulated nodes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "RunCommandCollector", partial(RunCommandCollector, pace=SOONER))
        yield
