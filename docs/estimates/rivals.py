"""What is bought instead: Container Insights with enhanced observability, and node-exporter with managed Prometheus.

Both report more than fleetscan about more things, and neither says which process holds a kernel's memory. Their bills
are estimates from assumptions that are listed; whoever has a bill should trust that.
"""

from __future__ import annotations

from docs.estimates.prices import PriceList

MINUTES = 30 * 24 * 60

PODS_OF_A_NODE = 30
CONTAINERS_OF_A_POD = 1.3
OBSERVATIONS_OF_A_NODE = 44
OBSERVATIONS_OF_A_POD = 32
OBSERVATIONS_OF_A_CONTAINER = 10
"""Metrics a minute of each, from memory of the lists in the CloudWatch user guide: remembered, not confirmed."""

SAMPLES_OF_A_SCRAPE = 1_000
"""Series of node-exporter with its default collectors on a small node; large ones have several thousands."""
SCRAPE_SECONDS = 60
BYTES_OF_A_SAMPLE = 1.5
"""1 or 2 (Managed Service for Prometheus pricing page)."""
KEPT_MONTHS = 5
"""150 days, the default."""
RULES = 20
SERIES_OF_A_RULE = 3
"""Alert rules that are evaluated each minute, and series of each node that one of them reads."""
GIGABYTE = 1_073_741_824


def container_insights(prices: PriceList, nodes: int) -> float:
    """Return USD a month for all that Container Insights collects from so many nodes."""
    pods = PODS_OF_A_NODE * (OBSERVATIONS_OF_A_POD + CONTAINERS_OF_A_POD * OBSERVATIONS_OF_A_CONTAINER)
    return prices.usd("insights_observation", nodes * (OBSERVATIONS_OF_A_NODE + pods) * MINUTES)


def container_insights_nodes(prices: PriceList, nodes: int) -> float:
    """Return the same with the nodes' own metrics alone: what it cannot cost less than."""
    return prices.usd("insights_observation", nodes * OBSERVATIONS_OF_A_NODE * MINUTES)


def prometheus(prices: PriceList, nodes: int) -> float:
    """Return USD a month for ingestion, alert rules and storage of node-exporter's samples; the exporter is free."""
    samples = nodes * SAMPLES_OF_A_SCRAPE * MINUTES * 60 / SCRAPE_SECONDS
    queried = nodes * RULES * SERIES_OF_A_RULE * MINUTES
    stored = samples * KEPT_MONTHS * BYTES_OF_A_SAMPLE / GIGABYTE
    return (
        prices.usd("prometheus_sample", samples)
        + prices.usd("prometheus_query", queried)
        + prices.usd("prometheus_storage", stored)
    )
