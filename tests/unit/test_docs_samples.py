"""The samples of the rules' pages: each one fires its rule as badly as it says, and is what a node would send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleetscan.diagnosis.rules import RULES
from fleetscan.model import Severity
from tests.fixtures import rule_samples

SAMPLES = rule_samples.load()


def test_each_rule_has_a_sample_and_no_sample_is_left_over() -> None:
    """One for one."""
    expected = {rule.id for rule in RULES}

    assert expected == set(SAMPLES.samples())


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_sample_fires_its_rule_with_the_severity_it_claims(rule: str) -> None:
    """By the real script, the real reader and the rules as they are."""
    expected = SAMPLES.samples()[rule].severity

    assert expected is SAMPLES.fired(rule, SAMPLES.samples()[rule]).severity


def test_it_is_shown_as_the_command_line_and_the_json_show_it() -> None:
    """Severity, title, rule and evidence; the JSON names the same rule."""
    expected = [
        "  warning  Connection tracking table (conntrack) nearly full [conntrack_nearly_full]",
        "           conntrack holds 112,904 of 131,072 entries (86%, threshold 75%): new connections fail",
        "           when it is full",
    ]

    sample = SAMPLES.samples()["conntrack_nearly_full"]

    assert expected == SAMPLES.shown("conntrack_nearly_full", sample)
    assert json.loads(SAMPLES.as_json("conntrack_nearly_full", sample))["rule"] == "conntrack_nearly_full"


def test_a_sample_that_does_not_fire_is_an_error_and_no_empty_page() -> None:
    """A well node has no zombies."""
    with pytest.raises(ValueError, match="the sample of zombies_many does not fire it"):
        SAMPLES.shown("zombies_many", SAMPLES.Sample(severity=Severity.WARNING))


def test_a_key_that_nobody_reads_is_an_error(tmp_path: Path) -> None:
    """A misspelt section would show a well node."""
    file = tmp_path / "samples.toml"
    file.write_text('[zombies_many]\nseverity = "warning"\nline = { tasks = "zombies 74" }\n')

    with pytest.raises(ValueError, match=r"^unknown keys: zombies_many\.line$"):
        SAMPLES.samples(file)


def test_lines_replace_those_with_the_same_words_and_sections_replace_whole() -> None:
    """Of pressure the first two words count; what was not there is added before the summary's end."""
    sample = SAMPLES.Sample(
        severity=Severity.INFO,
        lines={"pressure": "memory some avg10=9.00 avg60=9.00 total=9"},
        section={"loadavg": "9.00 8.00 7.00 1/2 3", "arcstats": "size 1"},
    )
    text = SAMPLES.capture(sample).text

    assert "@pressure\nmemory some avg10=9.00 avg60=9.00 total=9\nmemory full avg10=0.00" in text
    assert "@loadavg\n9.00 8.00 7.00 1/2 3\n@sockstat" in text
    assert "@arcstats\nsize 1\n@end summary" in text
