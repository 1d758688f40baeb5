"""What a Lambda that scans has read when it begins: made once, for all processes that are forked from this one."""

from __future__ import annotations

from fleetscan.aws.clients import MARGIN_SHARES, Clients
from tests.fixtures.descriptions import read_once

read_once()
_clients = Clients(region="eu-west-1")
for _service in MARGIN_SHARES:
    getattr(_clients, _service)
