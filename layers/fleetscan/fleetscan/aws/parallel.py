"""Several calls at once: waiting for AWS is most of what a scan does, and boto3's clients may be shared by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

WORKERS = 4
"""Calls under way at once. Enough to reach what Systems Manager lets through, few enough for 512 MB and half a CPU; the
clients' adaptive retries slow all of them down together where AWS throttles."""


def mapped[A, B](work: Callable[[A], B], given: Iterable[A], workers: int = WORKERS) -> list[B]:
    """Return the results in the order given; what one of them raises is raised when all that had begun have ended.

    One item, or one worker, needs no thread.
    """
    items = list(given)
    if min(len(items), workers) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(len(items), workers), thread_name_prefix="aws") as pool:
        return list(pool.map(work, items))
