"""The artifact that would be deployed, killed in mid-scan under Lambda's own runtime client; what is left is healed.

What ``test_killed`` does at every call, with processes of its own, here at three, with what ``sam build`` made.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from simulator.traps import Moment, Trap
from tests.e2e.test_artifact import artifact as artifact  # noqa: PLC0414 - a fixture, found by its name here
from tests.e2e.test_artifact import runtime as runtime  # noqa: PLC0414 - same
from tests.failure_modes.conftest import Calm
from tests.failure_modes.stage import NODES, accounted, event, leaking_fleet, staged
from tests.fixtures.deployed_function import Artifact, deployed, invoke

if TYPE_CHECKING:
    from simulator.cluster import SimulatedAws

pytestmark = pytest.mark.artifact

LEASE_SECONDS = 120
"""The timeout that ``deployed`` gives the function; a pending notification is left to its scan for so long."""


type Death = tuple[str, Moment, int]
"""At which call, before or after it, and how often the message then goes out."""


@pytest.mark.parametrize(
    "death", [("ssm:ListCommands", "after", 1), ("sns:Publish", "before", 1), ("sns:Publish", "after", 2)]
)
def test_the_runtime_is_killed_and_the_next_scan_heals(
    artifact: Artifact, runtime: Path, tmp_path: Path, calm: Calm, death: Death
) -> None:
    """Lambda reports that the runtime has exited; nothing is lost, and reported twice only what may have been sent."""
    action, moment, times_reported = death
    with staged(is_now=True) as stage:
        aws = cast("SimulatedAws", stage.aws)  # all that is used of it is its environment
        stage.aws.traps.set(Trap(action=action, moment=moment, happens=lambda: kill_runtime(stage.aws.endpoint_url)))
        with deployed(artifact, runtime, aws, tmp_path / "lambda") as port:
            killed = invoke(port, event(0))
        stage.ahead.value += LEASE_SECONDS
        healed = [stage.scan(5), stage.scan(10)]

        assert killed["errorType"] == "Runtime.ExitError", killed
        assert [accounted(answer) for answer in healed] == [(NODES, NODES)] * 2
        assert set(stage.reported) == set(calm.reported)
        assert set(stage.reported.values()) == {times_reported}
        assert (stage.open, stage.owed, stage.rings) == (calm.episodes, set(), set(leaking_fleet().ids))


def kill_runtime(endpoint_url: str) -> None:
    """Kill the process that runs the function against this endpoint."""
    (pid,) = (int(folder.name) for folder in Path("/proc").glob("[0-9]*") if is_runtime(folder, endpoint_url))
    os.kill(pid, signal.SIGKILL)


def is_runtime(folder: Path, endpoint_url: str) -> bool:
    """Whether a process is a Python with Lambda's runtime client and this endpoint; the emulator is none."""
    try:
        arguments = (folder / "cmdline").read_bytes().split(b"\0")
        variables = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False  # Another user's, or gone.
    is_python = arguments[0] == sys.executable.encode() and b"awslambdaric" in arguments
    return is_python and f"AWS_ENDPOINT_URL={endpoint_url}".encode() in variables
