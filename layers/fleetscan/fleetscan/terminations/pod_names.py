"""Names of pods that are gone, of which a node knows only the uid: from their ends, events and earlier kills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleetscan.model.death import Death
from fleetscan.model.kubernetes import ClusterView, PodEnd
from fleetscan.model.oom import OomKill


def names_of(view: ClusterView, ends: Iterable[PodEnd], remembered: Iterable[Death]) -> Mapping[str, str]:
    """Return uid -> ``namespace/name`` of the pods of a cluster that ended: a node no longer has the name of one."""
    names = {one.subject_uid: f"{one.namespace}/{one.name}" for one in view.events if one.kind == "Pod"}
    for death in remembered:
        if death.cluster == view.cluster:
            names |= {
                one.kill.pod_uid or "": one.kill.pod or "" for one in death.oom_kills or () if _has_name(one.kill)
            }
            names[death.end.uid] = death.end.title
    names |= {one.uid: one.title for one in ends}
    names.pop("", None)
    return names


def _has_name(kill: OomKill) -> bool:
    """Return whether the node still knew the name of the pod, and not only its uid."""
    return kill.pod is not None and "/" in kill.pod


def with_names(death: Death, names: Mapping[str, str]) -> Death:
    """Return a termination whose kills name their pods, where the node knew only the uid of one that is gone."""
    if not death.oom_kills:
        return death
    return replace(death, oom_kills=tuple(replace(one, kill=_named(one.kill, names)) for one in death.oom_kills))


def _named(kill: OomKill, names: Mapping[str, str]) -> OomKill:
    uid = kill.pod_uid or ""
    return replace(kill, pod=names[uid]) if uid in names and kill.pod in {None, uid} else kill
