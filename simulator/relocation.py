"""The same nodes in another account and Region: zones and names follow, figures stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.fleet import Fleet, FleetNode


def relocated(
    fleet: Fleet, *, account: str = "", region: str = "", nodes: Sequence[FleetNode] | None = None, cluster: str = ""
) -> Fleet:
    """Return a fleet, or some nodes of it, in another account, Region or cluster; what is not given stays."""
    target = region or fleet.region
    return replace(
        fleet,
        account=account or fleet.account,
        region=target,
        cluster=cluster or fleet.cluster,
        nodes=tuple(
            replace(
                node,
                zone=node.zone.replace(fleet.region, target),
                private_dns_name=node.private_dns_name.replace(fleet.region, target),
            )
            for node in (fleet.nodes if nodes is None else nodes)
        ),
    )
