"""Limits on what is kept of an API server's objects, whose sizes are untrusted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

NAME_CHARACTERS = 253
"""Longest name of an object (RFC 1123 subdomain, Kubernetes' own limit)."""
REASON_CHARACTERS = 128
"""Longest reason of an event (validation of events.k8s.io/v1)."""
MESSAGE_CHARACTERS = 500
"""A message may have 1,024; those of kubelet, scheduler and node controller have at most 300."""
IMAGE_CHARACTERS = 512

CONDITIONS_OF_A_NODE = 40
"""Kubernetes sets five, the node monitoring agent of EKS five more, node-problem-detector up to fourteen."""
TAINTS_OF_A_NODE = 20
EVENTS_OF_A_NODE = 50
ENDS_OF_A_NODE = 50
PODS_OF_A_NODE = 500
"""The kubelet's default is 110, EKS sets up to 737 on the largest instances with prefixes; further pods are only
counted."""
IMAGES_OF_A_POD = 10


def cut(text: str | None, limit: int) -> str:
    """Return at most ``limit`` characters of a text; empty if there is none."""
    return (text or "")[:limit]


def first[T](values: Iterable[T] | None, limit: int) -> list[T]:
    """Return at most the first ``limit`` of some values, which may be absent."""
    return list(islice(values or (), limit))
