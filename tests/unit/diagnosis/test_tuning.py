"""Thresholds that an operator moves: what is read, what is refused in words, and who evaluates by them afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.diagnosis import tuning
from fleetscan.diagnosis.investigation import HYPOTHESES, investigate
from fleetscan.diagnosis.rules import RULES, slab_unreclaimable_high, socket_buffers_held
from fleetscan.diagnosis.thresholds import Number, Threshold
from fleetscan.errors import SettingError
from fleetscan.model import Severity, StepResult
from fleetscan.model.threshold import MovedThreshold
from fleetscan.scan.pipeline import examine, examiner
from tests.fixtures import rule_samples
from tests.fixtures.windows import affected_node, third_node

THRESHOLDS = [one for row in tuning.catalogue().values() for one in row.values()]
BY_NAME = {f"{one.rule}.{one.name}": one for one in THRESHOLDS}
SAMPLES = rule_samples.load()


def read(text: str) -> tuple[MovedThreshold, ...]:
    """Read a list from a setting."""
    return tuning.read(text, source="FLEETSCAN_THRESHOLDS")


def as_moved(threshold: Threshold, value: Number) -> MovedThreshold:
    """Return a threshold at another value."""
    return MovedThreshold(rule=threshold.rule, name=threshold.name, value=value, default=threshold.default)


SLAB_ENTRIES = (
    "slab_unreclaimable_high.warning_ratio=0.6 slab_unreclaimable_high.critical_ratio=0.7 "
    "slab_unreclaimable_high.urgent_ratio=0.8 slab_unreclaimable_high.small_node_ratio=0.6"
)
"""Above what the incident's affected node has (54%)."""


class TestReading:
    """Text -> thresholds."""

    def test_entries_are_separated_by_spaces_commas_and_lines(self) -> None:
        """In the order of the catalogue; whole numbers and others by their kind."""
        expected = (
            MovedThreshold(rule="slab_unreclaimable_high", name="warning_ratio", value=0.12, default=0.1),
            MovedThreshold(rule="memory_pressure_high", name="critical_percent", value=70.0, default=60.0),
            MovedThreshold(rule="zombies_many", name="warning_total", value=100, default=20),
        )
        text = " zombies_many.warning_total=100, memory_pressure_high.critical_percent=70\n\t"
        text += ",slab_unreclaimable_high.warning_ratio=0.12,"

        assert expected == read(text)

    @pytest.mark.parametrize("text", ["", " , \n", "load_high.warning_per_cpu=2", "load_high.warning_per_cpu=2.0"])
    def test_what_repeats_a_default_moves_nothing(self, text: str) -> None:
        """Nor does an empty list."""
        assert read(text) == ()

    @pytest.mark.parametrize(
        ("entry", "why"),
        [
            ("foo", "an entry is RULE.THRESHOLD=NUMBER, such as load_high.warning_per_cpu=3"),
            ("load_high=3", "an entry is RULE.THRESHOLD=NUMBER, such as load_high.warning_per_cpu=3"),
            ("load_high.warning_per_cpu=", "an entry is RULE.THRESHOLD=NUMBER, such as load_high.warning_per_cpu=3"),
            ("load_hihg.warning_per_cpu=3", "there is no rule 'load_hihg'; did you mean load_high?"),
            ("q.x=3", "there is no rule 'q'"),
            ("oom_kill_node.warning_total=2", "the rule oom_kill_node has no threshold"),
            (
                "load_high.warning_per_cpus=3",
                "load_high has no threshold 'warning_per_cpus'; did you mean warning_per_cpu?",
            ),
            (
                "swap_nearly_full.x=3",
                "swap_nearly_full has no threshold 'x'; it has warning_ratio, critical_ratio",
            ),
            ("swap_nearly_full.warning_ratio=85", "warning_ratio is a number from 0 to 1"),
            ("swap_nearly_full.warning_ratio=-0.1", "warning_ratio is a number from 0 to 1"),
            ("swap_nearly_full.warning_ratio=1e-1", "warning_ratio is a number from 0 to 1"),
            ("swap_nearly_full.warning_ratio=nan", "warning_ratio is a number from 0 to 1"),
            ("zombies_many.warning_total=0", "warning_total is a whole number from 1 to 1000000000"),
            ("zombies_many.warning_total=2.5", "warning_total is a whole number from 1 to 1000000000"),
            (
                "swap_nearly_full.warning_ratio=0.95",
                "critical_ratio must be at least warning_ratio, and they would be 0.9 and 0.95",
            ),
            (
                "memory_available_low.warning_ratio=0.04",
                "critical_ratio must be at most warning_ratio, and they would be 0.05 and 0.04",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused_in_words(self, entry: str, why: str) -> None:
        """The variable, the entry, and what fits."""
        with pytest.raises(SettingError) as caught:
            read(f"cpu_steal_high.warning_ratio=0.2 {entry}")
        expected = f"FLEETSCAN_THRESHOLDS: '{entry}': {why}"

        assert expected == str(caught.value)

    def test_the_same_threshold_twice_is_refused(self) -> None:
        """One of the two would be ignored."""
        with pytest.raises(SettingError) as caught:
            read("load_high.warning_per_cpu=3 load_high.warning_per_cpu=2.0")
        expected = (
            "FLEETSCAN_THRESHOLDS: 'load_high.warning_per_cpu=2.0': the same threshold is given before, "
            "as 'load_high.warning_per_cpu=3'"
        )

        assert expected == str(caught.value)

    def test_a_list_that_is_too_long_is_refused(self) -> None:
        """Lambda would refuse it as well, and say less."""
        with pytest.raises(SettingError, match="FLEETSCAN_THRESHOLDS has 2,001 characters; more than 2,000"):
            read(" " * 2_001)

    @given(st.text(max_size=300) | st.from_regex(r"([a-z_]{1,9}\.[a-z_]{1,9}=[0-9.]{1,5}[ ,]){1,4}"))
    def test_any_text_is_thresholds_or_a_setting_error_in_printable_words(self, text: str) -> None:
        """Nothing else comes out, whatever was put into the variable."""
        try:
            found = read(text)
        except SettingError as error:
            assert str(error).isprintable()  # noqa: PT017 - either answer is right, and each is checked
        else:
            assert {f"{one.rule}.{one.name}" for one in found} <= set(BY_NAME)

    @given(st.data())
    def test_every_threshold_takes_every_value_within_its_bounds(self, data: st.DataObject) -> None:
        """What is written is what is read; only an order among several may be refused."""
        threshold = data.draw(st.sampled_from(THRESHOLDS))
        least, most = threshold.bounds.least, threshold.bounds.most
        value: Number = data.draw(
            st.integers(int(least), int(most))
            if threshold.is_whole
            else st.floats(least, most, allow_subnormal=False).map(lambda number: round(number, 6))
        )
        text = f"{value}" if threshold.is_whole else f"{value:f}"
        expected = () if value == threshold.default else (as_moved(threshold, value),)
        try:
            found = read(f"{threshold.rule}.{threshold.name}={text}")
        except SettingError as error:
            assert " must be at " in str(error)  # noqa: PT017 - either answer is right, and each is checked
        else:
            assert expected == found


class TestJudging:
    """Thresholds -> rules and investigation that go by them."""

    def test_a_rule_goes_by_its_moved_threshold_and_the_others_by_their_own(self) -> None:
        """The catalogue's order and everything else stays."""
        changes = read("load_high.warning_per_cpu=3")
        before = {rule.id: rule.limits for rule in RULES}
        after = {rule.id: rule.limits for rule in tuning.tuned(RULES, changes)}

        assert {name for name in before if before[name] != after[name]} == {"load_high"}
        assert list(before) == list(after)

    def test_nothing_moved_is_the_catalogue_itself(self) -> None:
        """The usual case costs nothing."""
        assert tuning.tuned(RULES, ()) == RULES

    def test_where_the_slab_is_no_longer_large_nobody_calls_it_large(self) -> None:
        """Neither the rule, nor those that build on it, nor the investigation."""
        changes = read(SLAB_ENTRIES)
        rules = {rule.id: rule for rule in tuning.tuned(RULES, changes)}
        window = affected_node()
        steps = {one.hypothesis: one for one in investigate(window, (), tuning.tuned(HYPOTHESES, changes))}
        buffers = rules["socket_buffers_held"].ask(window)

        assert slab_unreclaimable_high.RULE.ask(window) is not None
        assert rules["slab_unreclaimable_high"].ask(window) is None
        assert buffers is not None
        assert buffers.severity is Severity.WARNING
        assert steps["slab"].verdict is StepResult.RULED_OUT
        assert "is unreclaimable kernel slab" not in steps["memory_in_pods"].evidence

    def test_where_socket_buffers_are_no_longer_many_nobody_names_them(self) -> None:
        """The incident's smaller node has 1.3 million of them."""
        changes = read("socket_buffers_held.heads_total=2000000")
        rules = {rule.id: rule for rule in tuning.tuned(RULES, changes)}
        window = third_node()
        steps = {one.hypothesis: one for one in investigate(window, (), tuning.tuned(HYPOTHESES, changes))}
        slab = rules["slab_unreclaimable_high"].ask(window)

        assert socket_buffers_held.RULE.ask(window) is not None
        assert rules["socket_buffers_held"].ask(window) is None
        assert slab is not None
        assert "socket buffers" not in slab.text
        assert steps["holder"].verdict is StepResult.RULED_OUT

    @pytest.mark.parametrize(
        ("entries", "hypothesis", "before", "after"),
        [
            (
                "memory_pressure_high.warning_percent=99 memory_pressure_high.critical_percent=99.5",
                "pressure",
                "tasks stall on memory",
                "tasks stall on cpu",
            ),
            ("swap_thrashing.warning_pages_per_second=2000", "swap", "confirmed", "ruled_out"),
            ("cpu_outside_pods.pods_ratio=0.01", "pods_cpu", "ruled_out", "confirmed"),
        ],
    )
    def test_the_investigation_does_not_contradict_a_moved_rule(
        self, entries: str, hypothesis: str, before: str, after: str
    ) -> None:
        """What is no longer a finding is no longer the answer to a question either."""
        capture = SAMPLES.capture(SAMPLES.samples()["swap_thrashing"])
        reported = []
        for diagnosis in (examine(capture), examiner(read(entries))(capture, None, None, None)):
            step = next(one for one in diagnosis.steps if one.hypothesis == hypothesis)
            reported.append(f"{step.verdict.value} {step.evidence}")

        assert before in reported[0]
        assert before not in reported[1]
        assert after in reported[1]

    @pytest.mark.parametrize("end", ["least", "most"])
    def test_no_rule_breaks_at_the_ends_of_its_bounds(self, end: str) -> None:
        """Each threshold alone and all of them at once, on every sample: evaluated or skipped, never failed."""
        ends = {one: as_moved(one, getattr(one.bounds, end)) for one in THRESHOLDS}
        samples = SAMPLES.samples()
        broken: dict[str, object] = {}
        for rule, sample in samples.items():
            own = [[change] for threshold, change in ends.items() if threshold.rule == rule]
            for changes in (list(ends.values()), *own):
                capture = SAMPLES.capture(sample)
                found = examiner(changes)(capture, sample.credits, SAMPLES.history(sample), None)
                is_bug = any("because of a bug" in step.evidence for step in found.steps)
                if found.failed or is_bug:
                    broken[rule] = (changes, found.failed)
        expected: dict[str, object] = {}

        assert expected == broken

    def test_a_report_says_once_what_was_moved(self) -> None:
        """One sentence, with where it was moved from; none where nothing was."""
        changes = read("load_high.warning_per_cpu=3 slab_unreclaimable_high.warning_ratio=0.12")
        words = (
            "slab_unreclaimable_high.warning_ratio 0.12 instead of 0.1, load_high.warning_per_cpu 3.0 instead of 2.0"
        )
        expected = (f"Evaluated with changed thresholds: {words}.",)

        assert expected == tuning.moved_words(changes)
        assert tuning.moved_words(()) == ()
