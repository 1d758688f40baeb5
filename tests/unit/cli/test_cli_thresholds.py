"""Thresholds on the command line: listed, checked before they are deployed, and evaluated by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleetscan import cli
from fleetscan.cli.arguments import parser
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.threshold_option import chosen
from fleetscan.errors import SettingError
from fleetscan.model.threshold import MovedThreshold

TREE = Path(__file__).parents[2] / "fixtures" / "cases" / "incident_third_node"
"""44% of its memory is slab."""


def moved(rule: str, name: str, value: float, default: float) -> MovedThreshold:
    """Return a threshold that was moved."""
    return MovedThreshold(rule=rule, name=name, value=value, default=default)


class TestChosen:
    """The environment and the option together."""

    def test_they_add_up_and_the_option_has_the_last_word(self) -> None:
        """Also where it moves a threshold back to its default."""
        arguments = parser().parse_args(
            ["node", "--threshold", "load_high.warning_per_cpu=2", "--threshold", "zombies_many.warning_total=30"]
        )
        environment = {"FLEETSCAN_THRESHOLDS": "load_high.warning_per_cpu=3 swap_nearly_full.warning_ratio=0.85"}
        expected = (
            moved("swap_nearly_full", "warning_ratio", 0.85, 0.8),
            moved("zombies_many", "warning_total", 30, 20),
        )

        assert expected == chosen(arguments, environment)

    def test_they_must_agree_on_an_order(self) -> None:
        """Each fits by itself; the error names the one that the option gave."""
        arguments = parser().parse_args(["node", "--threshold", "swap_nearly_full.critical_ratio=0.82"])

        with pytest.raises(SettingError, match=r"critical_ratio must be at least warning_ratio, .* 0\.82 and 0\.85"):
            chosen(arguments, {"FLEETSCAN_THRESHOLDS": "swap_nearly_full.warning_ratio=0.85"})

    @pytest.mark.parametrize(
        ("source", "option", "variable"), [("--threshold", "x", ""), ("FLEETSCAN_THRESHOLDS", "", "x")]
    )
    def test_an_error_names_where_the_entry_stood(self, source: str, option: str, variable: str) -> None:
        """The variable may have been set by somebody else, long ago."""
        arguments = parser().parse_args(["scan", *(["--threshold", option] if option else [])])

        with pytest.raises(SettingError) as caught:
            chosen(arguments, {"FLEETSCAN_THRESHOLDS": variable})

        assert str(caught.value).startswith(f"{source}: 'x': an entry is RULE.THRESHOLD=NUMBER")


class TestNode:
    """A recorded node, evaluated by other thresholds."""

    @pytest.mark.usefixtures("state")
    def test_it_is_evaluated_by_them_and_the_report_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Above its 44% the slab is no finding any more; the JSON has what was moved, the notes say it once."""
        monkeypatch.setenv(
            "FLEETSCAN_THRESHOLDS",
            "slab_unreclaimable_high.critical_ratio=0.5,slab_unreclaimable_high.urgent_ratio=0.5 "
            "slab_unreclaimable_high.small_node_ratio=0.5",
        )
        option = "slab_unreclaimable_high.warning_ratio=0.5"

        assert cli.main(["node", "--json", "--root", str(TREE), "--threshold", option]) == ExitCode.SCANNED
        report = json.loads(capsys.readouterr().out)
        names = ["warning_ratio", "critical_ratio", "urgent_ratio", "small_node_ratio"]

        assert "slab_unreclaimable_high" not in {one["rule"] for one in report["nodes"][0]["findings"]}
        assert names == [one["name"] for one in report["thresholds"]]
        assert report["thresholds"][0] == {
            "rule": "slab_unreclaimable_high",
            "name": "warning_ratio",
            "value": 0.5,
            "default": 0.1,
        }
        assert [note.count("slab_unreclaimable_high.warning_ratio 0.5 instead of 0.1") for note in report["notes"]] == [
            1
        ]

    def test_a_wrong_one_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Before anything is collected, in one line."""
        assert cli.main(["node", "--root", str(TREE), "--threshold", "load_hihg.warning_per_cpu=3"]) == ExitCode.USAGE
        words = "--threshold: 'load_hihg.warning_per_cpu=3': there is no rule 'load_hihg'; did you mean load_high?"

        assert capsys.readouterr() == ("", f"fleetscan: {words}\n")


class TestThresholds:
    """``fleetscan thresholds``."""

    def test_a_rule_s_thresholds_are_listed_with_bounds_and_sources(self, capsys: pytest.CaptureFixture[str]) -> None:
        """As entries that could be pasted."""
        expected = (
            "swap_nearly_full.warning_ratio=0.8  (0 to 1)\n    Share of SwapTotal (awesome-prometheus-alerts, "
            "HostSwapIsFillingUp).\nswap_nearly_full.critical_ratio=0.9  (0 to 1, at least warning_ratio)\n    Share "
            "of SwapTotal that is critical with a present danger (systemd-oomd, SwapUsedLimit).\n"
        )

        assert cli.main(["thresholds", "list", "swap_nearly_full"]) == ExitCode.SCANNED
        assert expected == capsys.readouterr().out

    def test_all_of_them_are_one_json_array(self, capsys: pytest.CaptureFixture[str]) -> None:
        """For programs; the first one is the catalogue's."""
        expected = {
            "rule": "slab_unreclaimable_high",
            "name": "warning_ratio",
            "default": 0.1,
            "unit": "ratio",
            "least": 0,
            "most": 1,
            "order": "",
            "why": "Share of MemTotal, together with warning_bytes (Alibaba Cloud's guide to slab leaks).",
        }

        assert cli.main(["thresholds", "list", "--json"]) == ExitCode.SCANNED
        assert expected == json.loads(capsys.readouterr().out)[0]

    def test_a_rule_without_any_says_so_and_an_unknown_one_is_wrong_usage(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An empty answer would leave open which of the two it is."""
        assert cli.main(["thresholds", "list", "oom_kill_node"]) == ExitCode.SCANNED
        assert cli.main(["thresholds", "list", "oom"]) == ExitCode.USAGE
        expected = (
            "oom_kill_node has no threshold\n",
            "fleetscan: there is no rule oom; `fleetscan thresholds list` names those with thresholds\n",
        )

        assert expected == capsys.readouterr()

    def test_a_list_that_fits_is_reported_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What would be moved, and from where."""
        entries = ["load_high.warning_per_cpu=3,zombies_many.warning_total=30", "swap_nearly_full.warning_ratio=0.8"]
        expected = "load_high.warning_per_cpu = 3.0 (default 2.0)\nzombies_many.warning_total = 30 (default 20)\n"

        assert cli.main(["thresholds", "check", *entries]) == ExitCode.SCANNED
        assert cli.main(["thresholds", "check", "swap_nearly_full.warning_ratio=0.8"]) == ExitCode.SCANNED
        assert f"{expected}nothing is changed: every threshold has its default\n" == capsys.readouterr().out

    def test_a_list_that_does_not_fit_ends_with_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A pipeline stops before it deploys."""
        assert cli.main(["thresholds", "check", "swap_nearly_full.warning_ratio=80"]) == ExitCode.USAGE
        words = "the list: 'swap_nearly_full.warning_ratio=80': warning_ratio is a number from 0 to 1"

        assert capsys.readouterr() == ("", f"fleetscan: {words}\n")
