"""The rule cpu_credit_mode_unwanted: the mode that is against the mode that was asked for."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.cpu_credit_mode_unwanted import check
from fleetscan.errors import AbsentError
from fleetscan.model import CreditMode, Credits, Evidence, Sample, Severity, Window


def window(mode: CreditMode, wanted: CreditMode | None) -> Window:
    """Return a node in a mode, and the operator's wish."""
    return Window(first=Sample(), last=Sample([Credits(mode=mode, wanted_mode=wanted)]))


def test_the_other_mode_is_a_warning() -> None:
    """Unlimited where standard was meant costs money without a limit."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="credit mode is unlimited, the configured mode is standard",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(CreditMode.UNLIMITED, CreditMode.STANDARD))


@pytest.mark.parametrize("wanted", [None, CreditMode.UNLIMITED])
def test_without_a_wish_or_with_the_wanted_mode_there_is_no_finding(wanted: CreditMode | None) -> None:
    """Nobody asked, or it is as asked."""
    assert check(window(CreditMode.UNLIMITED, wanted)) is None


def test_without_credits_the_rule_is_skipped() -> None:
    """A node that is not burstable has no mode."""
    with pytest.raises(AbsentError, match="Credits was not collected"):
        check(Window(first=Sample(), last=Sample()))
