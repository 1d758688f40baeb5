"""Each test of a function is a process of its own as far as AWS is concerned."""

from __future__ import annotations

import pytest

from fleetscan.bootstrap import clients


@pytest.fixture(autouse=True)
def own_clients() -> None:
    """Forget the clients of the test before."""
    clients.forget()
