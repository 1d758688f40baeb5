"""Every kind of line that the script can print of a log is read by a rule, and means what the list says."""

from __future__ import annotations

import pytest

from fleetscan.capture.log_patterns import Kind, Log, Wording, kinds
from fleetscan.diagnosis.rules import RULES
from tests.fixtures.kernel_lines import logged

CHECKS = {rule.id: rule for rule in RULES}
KERNEL = [kind for kind in kinds() if kind.log is Log.KERNEL]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.id)
def test_each_kind_names_rules_that_there_are(kind: Kind) -> None:
    """A line that nobody reads costs the node and says nothing."""
    assert [rule for rule in kind.rules if rule not in CHECKS] == []


@pytest.mark.parametrize(
    ("kind", "wording"),
    [(kind, wording) for kind in KERNEL if not kind.id.startswith("oom_") for wording in kind.wordings],
    ids=lambda one: getattr(one, "id", ""),
)
def test_one_new_line_fires_its_rule_with_the_severity_of_the_list(kind: Kind, wording: Wording) -> None:
    """Each wording, a minute old. A kill is evaluated by its scope, which its own tests have."""
    for sample in wording.samples:
        found = [CHECKS[rule].ask(logged(f"{kind.id} 60 {sample}")) for rule in kind.rules]

        assert [one and one.severity.value for one in found] == [kind.severity]
