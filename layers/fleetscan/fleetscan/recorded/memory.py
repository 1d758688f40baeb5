"""What is kept from one recorded scan to the next, in memory: the values of the table, through the same codecs.

Nothing is written anywhere: what several folders say together is forgotten with the command that read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.episode import Episode
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.model.roster import Roster
from fleetscan.ports import LoadedEpisodes, LoadedHistories
from fleetscan.storage import value_codec


class KeptRings:
    """Implements ``NodeHistoryStore``."""

    def __init__(self) -> None:
        self._rings: dict[str, bytes] = {}

    def load(self, instance_ids: Sequence[str]) -> LoadedHistories:
        """Return the encoded histories of these nodes."""
        return LoadedHistories(histories={one: self._rings[one] for one in instance_ids if one in self._rings})

    def save(self, histories: Mapping[str, bytes]) -> frozenset[str]:
        """Keep histories; there is always room."""
        self._rings |= histories
        return frozenset()


class KeptClusters:
    """Implements ``ClusterHistoryStore``."""

    def __init__(self) -> None:
        self._events: dict[str, dict[str, str]] = {}
        self._deaths: dict[tuple[str, str, str, str], str] = {}

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return what is kept of these clusters, all of them where none is named."""
        events = {
            cluster: tuple(
                sorted(
                    (value_codec.read(text, ClusterEvent) for text in several.values()),
                    key=lambda one: (one.at, one.uid),
                )
            )
            for cluster, several in self._events.items()
            if not clusters or cluster in clusters
        }
        deaths = tuple(value_codec.read(text, Death) for text in self._deaths.values())
        return ClusterPast(
            events=events, deaths=tuple(one for one in deaths if one.cluster in clusters or not clusters)
        )

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        """Keep events and deaths, each once."""
        for cluster, several in events.items():
            held = self._events.setdefault(cluster, {})
            held |= {one.uid: value_codec.write(one) for one in several}
        self._deaths |= {one.key: value_codec.write(one) for one in deaths}
        return ()

    def deaths(self, pod: str) -> ClusterPast:
        """Return the deaths of pods whose ``namespace/name`` begins so; nobody asks a recording."""
        past = self.load(())
        return ClusterPast(deaths=tuple(one for one in past.deaths if one.end.title.startswith(pod)))


class KeptEpisodes:
    """Implements ``Episodes``; ``now`` is the time of the scan that is judged."""

    def __init__(self) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)
        self._episodes: dict[str, str] = {}

    def load(self, clusters: Sequence[str]) -> LoadedEpisodes:
        """Return the episodes of these clusters, all of them where none is named; resolved ones for a week."""
        episodes = (value_codec.read(text, Episode) for text in self._episodes.values())
        return LoadedEpisodes(
            episodes=tuple(
                one
                for one in episodes
                if (not clusters or one.fingerprint.cluster in clusters)
                and (one.forgotten_at is None or one.forgotten_at > self.now)
            )
        )

    def store(self, episode: Episode) -> Episode | None:
        """Store an episode as its next version; nobody else writes."""
        following = replace(episode, version=episode.version + 1)
        self._episodes[str(following.fingerprint)] = value_codec.write(following)
        return following

    def reload(self, episode: Episode) -> Episode | None:
        """Return what is stored in the place of an episode."""
        text = self._episodes.get(str(episode.fingerprint))
        return None if text is None else value_codec.read(text, Episode)


class KeptRosters:
    """Implements ``RosterStore``."""

    def __init__(self) -> None:
        self._rosters: dict[str, str] = {}

    def load(self, clusters: Sequence[str]) -> tuple[Roster, ...]:
        """Return the rosters of these clusters, all of them where none is named."""
        kept = (value_codec.read(text, Roster) for text in self._rosters.values())
        return tuple(one for one in kept if not clusters or one.cluster in clusters)

    def save(self, rosters: Sequence[Roster]) -> None:
        """Keep rosters, each in the place of that of its cluster."""
        self._rosters |= {one.cluster: value_codec.write(one) for one in rosters}


class NoMutes:
    """Implements ``MuteList``: a recording has none."""

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return no mute."""
        return ()

    def claim_notice(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Take nothing on: there is no mute that could run out."""
        del mute_id, until, now
        return False

    def close_notice(self, mute_id: str, *, now: datetime) -> None:
        """Note nothing."""
        del mute_id, now
