"""The table of what burstable types earn."""

from __future__ import annotations

import pytest

from fleetscan.aws.baselines import Baseline, baseline, table
from fleetscan.model.burstable import BURSTABLE_FAMILIES, is_burstable


@pytest.mark.parametrize("instance_type", sorted(table()))
def test_the_figures_of_each_type_agree_with_each_other(instance_type: str) -> None:
    """Earnings are the baseline of all vCPUs for 60 minutes; the most it can hold is a day of them."""
    figures = table()[instance_type]
    expected = [figures.earned_per_hour, figures.maximum_balance]

    assert expected == pytest.approx([figures.baseline_ratio * figures.cpus * 60, figures.earned_per_hour * 24])


def test_the_incident_s_type_holds_576_credits_and_runs_at_a_fifth() -> None:
    """t3a.medium: 24 credits an hour, 20% of each of two vCPUs."""
    expected = Baseline(earned_per_hour=24, maximum_balance=576, cpus=2, baseline_ratio=0.2)

    assert expected == baseline("t3a.medium")


def test_the_table_has_seven_sizes_of_each_family() -> None:
    """From nano to 2xlarge."""
    expected = dict.fromkeys(BURSTABLE_FAMILIES, 7)

    assert expected == {family: sum(key.startswith(f"{family}.") for key in table()) for family in BURSTABLE_FAMILIES}


@pytest.mark.parametrize("instance_type", ["m5.large", "c7i-flex.large", "t1.micro", "", "t3", "t3.metal"])
def test_other_types_have_no_baseline(instance_type: str) -> None:
    """Unknown is not zero."""
    assert baseline(instance_type) is None


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [("t2.micro", True), ("t4g.large", True), ("t3.metal", True), ("m7i-flex.large", False), ("trn1.2xlarge", False)],
)
def test_burstable_types_are_reported_by_their_family(instance_type: str, *, expected: bool) -> None:
    """A size that the table does not know yet is burstable all the same; trn1 is not a T."""
    assert expected == is_burstable(instance_type)
