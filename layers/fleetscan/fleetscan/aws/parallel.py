"""Parallel calls: a scan mostly waits for AWS, and boto3's clients are thread-safe."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

WORKERS = 4
"""Calls at once: enough to reach the rate limits of Systems Manager, few enough for 512 MB and half a CPU. The clients'
adaptive retries slow all of them down together when AWS throttles."""


def mapped[A, B](work: Callable[[A], B], given: Iterable[A], workers: int = WORKERS) -> list[B]:
    """Return the results in the order given. An exception is raised after all calls that were begun have ended.

    With one item or one worker no thread is started.
    """
    items = list(given)
    if min(len(items), workers) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(len(items), workers), thread_name_prefix="aws") as pool:
        return list(pool.map(work, items))
