"""Images that belong to the cluster itself."""

from __future__ import annotations

import pytest

from fleetscan.fleet.infrastructure import is_infrastructure


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("eks/kube-proxy", True),
        ("mirror.example/team/kube-proxy", True),
        ("pause", True),
        ("acme/netmap", False),
        ("kube-proxy/exporter", False),
        ("acme/my-kube-proxy", False),
        ("", False),
    ],
)
def test_the_last_part_of_the_name_decides(repository: str, *, expected: bool) -> None:
    """Whichever mirror it comes from; a part of it is not enough."""
    assert is_infrastructure(repository) is expected
