"""The shipped lists of known images, as one value to compare a fleet with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from fleetscan.diagnosis.knowledge.capture_agents import CaptureAgent, capture_agent, capture_agents
from fleetscan.diagnosis.knowledge.unmaintained import ListedImage, Status, listed_images
from fleetscan.fleet.infrastructure import REPOSITORIES
from fleetscan.immutable import immutable


@immutable
class KnownSoftware:
    """The lists; a test may use its own."""

    listed: Sequence[ListedImage]
    agents: Sequence[CaptureAgent]

    @property
    def repositories(self) -> frozenset[str]:
        """Every repository of the lists: names that everybody knows."""
        named = {name for entry in self.listed for name in entry.repositories}
        return frozenset(named | {name for agent in self.agents for name in agent.repositories} | REPOSITORIES)

    def unmaintained(self, repository: str) -> ListedImage | None:
        """Return the entry of an abandoned image; what is ended, superseded or leaking is none."""
        for entry in self.listed:
            if entry.status is Status.ABANDONED and entry.is_repository(repository):
                return entry
        return None

    def agent(self, image: str, command: str) -> CaptureAgent | None:
        """Return the entry of a known capture agent: of a pod by its image, of a process of the host by its name."""
        return capture_agent(image=image, command=command, agents=self.agents)


@cache
def known_software() -> KnownSoftware:
    """Return the lists that ship with the package."""
    return KnownSoftware(listed=listed_images(), agents=capture_agents())
