"""What a cluster did not report, as a sentence: with the cluster's name if several were queried."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.model.kubernetes import ClusterView


def problems_of(view: ClusterView, views: Sequence[ClusterView]) -> tuple[str, ...]:
    """Return a sentence for each problem of one cluster, of all that were asked.

    Most sentences do not name the cluster: the same problem of two clusters must not become one sentence about neither.
    """
    return view.problems if len(views) == 1 else tuple(f"{view.cluster}: {problem}" for problem in view.problems)
