"""One cluster's API through lightkube: the only module that makes its client."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Self

import httpx2
from lightkube import ALL_NS, Client, SingleConfig
from lightkube.config.models import Cluster, Context, User
from lightkube.core.resource import NamespacedResource
from lightkube.operators import not_in
from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Event, Node, Pod

from fleetscan.kubernetes.questions import Question
from fleetscan.kubernetes.retry import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, RetryTransport
from fleetscan.ports import Clock, ClusterEndpoint

PAGE_SIZE = 250
"""Objects of one page. kubectl uses 500; half of it halves the memory for twice as many requests."""

KINDS: dict[str, Any] = {"Node": Node, "Lease": Lease, "Event": Event, "DaemonSet": DaemonSet, "Pod": Pod}


def trusting(authority_pem: str) -> ssl.SSLContext:
    """Return what checks a server's chain and name against one authority.

    Python 3.13 also refuses certificates without key identifiers, which RFC 5280 wants: EKS has authorities that make
    such (kubernetes-client/python 2394). That one check is left out; everything else is as strict as by default.
    """
    context = ssl.create_default_context(cadata=authority_pem)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Session:
    """Lists of one cluster until a deadline.

    Raises ssl.SSLError if the authority is not a certificate; ``errors`` explains what a list raises.
    """

    def __init__(
        self,
        endpoint: ClusterEndpoint,
        *,
        token: Callable[[], str],
        clock: Clock,
        sleep: Callable[[float], None],
        deadline: float,
    ) -> None:
        transport = RetryTransport(
            httpx2.HTTPTransport(verify=trusting(endpoint.authority_pem)),
            token=token,
            clock=clock,
            sleep=sleep,
            deadline=deadline,
        )
        config = SingleConfig(
            context_name="fleetscan",
            context=Context(cluster="fleetscan", user="fleetscan"),
            cluster=Cluster(
                server=endpoint.url,
                certificate_auth_data=base64.b64encode(endpoint.authority_pem.encode()).decode(),
            ),
            user=User(),
        )
        timeout = httpx2.Timeout(READ_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        # Proxies of the environment are ignored: they would bypass this transport, and with it the deadline.
        self._client = Client(config, timeout=timeout, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        """Return the session; its connections are open until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._client.close()

    def objects(self, question: Question, *, is_paged: bool) -> Iterator[Any]:
        """Yield the objects of a list, holding one page at a time."""
        kind = KINDS[question.kind]
        fields: dict[str, Any] = dict(question.selector)
        fields |= {field: not_in(values) for field, values in question.without}
        where: dict[str, Any] = {"chunk_size": PAGE_SIZE if is_paged else None, "fields": fields or None}
        if issubclass(kind, NamespacedResource):
            where["namespace"] = question.namespace or ALL_NS
        yield from self._client.list(kind, **where)
