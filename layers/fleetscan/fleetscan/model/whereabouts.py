"""Where more of a report is to be found than a message can hold."""

from __future__ import annotations

from fleetscan.immutable import immutable


@immutable
class Whereabouts:
    """Where a report is kept, and the addresses under which people open it. Empty is nowhere."""

    bucket: str = ""
    key: str = ""
    report_url: str = ""
    """Opens without an account for as long as it was signed for."""
    dashboard_url: str = ""


NOWHERE = Whereabouts()
