"""A Slack that is not Slack, a clock that does not run, and a report with a life."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from fleetscan.render.message.slack_words import words
from fleetscan.slack.posts import Post
from tests.fixtures.slack_server import SlackServer, slack_server


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """Run the stand-in."""
    with slack_server() as server:
        yield server


@dataclass
class Time:
    """Seconds that are left, and what sleeping takes of them."""

    left: float = 60.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.slept.append(seconds)
        self.left -= seconds


@pytest.fixture
def time() -> Time:
    """Provide a minute."""
    return Time()


@pytest.fixture
def post() -> Post:
    """Return a simple post."""
    return Post(key="channel", message=words("A subject", "Some words."))


@dataclass
class MemoryThreads:
    """Threads in a dictionary."""

    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def load(self, *, excluding: str) -> Mapping[str, str]:
        """Return what other messages began."""
        return {incident: thread for incident, (thread, by) in self.kept.items() if by != excluding}

    def keep(self, incidents: Sequence[str], thread: str, *, by: str) -> None:
        """Remember."""
        for incident in incidents:
            self.kept[incident] = thread, by


@dataclass
class MemoryOnce:
    """Work that is done, in a dictionary."""

    done: dict[str, str] = field(default_factory=dict)

    def __call__(self, key: str, work: Callable[[], str]) -> str:
        """Do it unless it is done."""
        if key not in self.done:
            self.done[key] = work()
        return self.done[key]
