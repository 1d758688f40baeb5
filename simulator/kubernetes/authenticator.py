"""Who is asking: the check that a cluster of EKS makes of a token, down to the signature.

The real one calls the signed URL with its own cluster's name as the header, and STS checks the signature. Here the
secret is known, so the signature is made again for this cluster's name and compared.
https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LONGEST_SECONDS = 15 * 60
"""For so long after its signing the real authenticator takes a token, whatever the URL says."""

_WANTED = {"Action": "GetCallerIdentity", "Version": "2011-06-15", "X-Amz-SignedHeaders": f"host;{CLUSTER_HEADER}"}


class TokenError(Exception):
    """A token is no good; the message says why, to the log of the authenticator and to nobody else."""


def check(token: str, *, cluster: str, secret: str, now: float) -> None:
    """Raise TokenError for a token that is no good for a cluster at a time."""
    url = _url(token)
    query = dict(parse_qsl(urlsplit(url).query))
    for name, value in _WANTED.items():
        if query.get(name) != value:
            raise TokenError(f"{name} is not {value}")
    try:
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lasts = int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        raise TokenError("the URL has no date") from None
    if not 0 < lasts <= LONGEST_SECONDS:
        raise TokenError("the URL lasts too long")
    if datetime.fromtimestamp(now, UTC) > signed + timedelta(seconds=LONGEST_SECONDS):
        raise TokenError("the token has expired")
    if not hmac.compare_digest(query.get("X-Amz-Signature", ""), _signature(url, query, cluster, secret)):
        raise TokenError("it was not signed for this cluster")


def _url(token: str) -> str:
    if not token.startswith(PREFIX):
        raise TokenError("the token does not begin with k8s-aws-v1.")
    body = token.removeprefix(PREFIX)
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise TokenError("the token is no base64") from None


def _signature(url: str, query: dict[str, str], cluster: str, secret: str) -> str:
    """Sign a URL anew with Signature Version 4 for a cluster's name."""
    parts = urlsplit(url)
    unsigned = sorted((name, value) for name, value in query.items() if name != "X-Amz-Signature")
    canonical = "\n".join(
        (
            "GET",
            parts.path or "/",
            "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in unsigned),
            f"host:{parts.netloc}",
            f"{CLUSTER_HEADER}:{cluster}",
            "",
            query["X-Amz-SignedHeaders"],
            hashlib.sha256(b"").hexdigest(),
        )
    )
    _, _, scope = query.get("X-Amz-Credential", "").partition("/")
    text = "\n".join(("AWS4-HMAC-SHA256", query["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
