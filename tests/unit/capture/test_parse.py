"""Capture -> Window and Coverage, for whole, broken, cut and hostile captures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.capture import parse
from fleetscan.capture.procfs import SOURCES
from fleetscan.capture.procfs.cgroups import Cgroups
from fleetscan.capture.procfs.containers import Containers
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pid_max import PidMax
from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.slabinfo import Slabinfo
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.errors import AbsentError
from fleetscan.model import Capture, CaptureStatus, Coverage, Node, Sample, Window

CPU = "cpu 1 2 3 4 5 6 7 8 0 0"
FIRST = f"""\
fleetscan-capture 2
@first
@uptime
1186401.50 0.00
@stat
{CPU}
@last
"""
SUMMARY = f"""\
{FIRST}@uptime
1186406.75 0.00
@stat
{CPU}
@vmstat
pswpin 5
@meminfo
MemTotal: 4030464
@host
kernel 6.1.141
@loadavg
34.04 25.03 22.70 38/812 20191
@slabinfo
total caches=187 bytes=2254857830
@sockstat
TCP: inuse 21 mem 31
@tcp_mem
46521 62030 93042
@file_nr
13184 0 9223372036854775807
@pid_max
4194304
@tasks
processes 312
threads 812
zombies 0
uninterruptible 0
"""
END = "@end summary triggers=- dropped=- unreadable=-\n"
END_WITH_DETAIL = "@end summary triggers=slab dropped=- unreadable=-\n"
DETAIL = """\
@slabinfo
total caches=187 bytes=5
@containers
0a1b live/a a nginx:1
@end detail dropped=-
"""


def read(text: str) -> tuple[Window, Coverage]:
    """Read the capture of a node that answered with this text."""
    return parse.read(Capture(node=Node(instance_id="i-1"), status=CaptureStatus.ANSWERED, text=text))


def problems(text: str) -> tuple[str, ...]:
    """Return what coverage says of a text."""
    return read(text)[1].problems


def reason(sample: Sample, source: type) -> str:
    """Return why a source is not in a sample."""
    with pytest.raises(AbsentError) as raised:
        sample[source]
    return str(raised.value)


class TestWholeCaptures:
    """What a node in order sends."""

    def test_a_summary_without_triggers_is_complete(self) -> None:
        """No problem, both samples, and the time between them by the node's own clock."""
        window, coverage = read(SUMMARY + END)

        assert Coverage(status=CaptureStatus.ANSWERED, version=2) == coverage
        assert window.seconds == 5.25
        assert window.first[Uptime] == Uptime(uptime_seconds=1186401.5)
        assert window.last[Meminfo] == Meminfo(total_bytes=4030464 * 1024)
        assert window.last[PidMax] == PidMax(maximum=4194304)

    def test_a_capture_of_version_1_is_read_and_says_so(self) -> None:
        """Until the SSM document is updated: what such a node did not send, it could not send."""
        window, coverage = read(SUMMARY.replace("fleetscan-capture 2", "fleetscan-capture 1") + END)

        assert Coverage(status=CaptureStatus.ANSWERED, version=1) == coverage
        assert window == read(SUMMARY + END)[0]

    def test_a_recorded_tree_says_so(self) -> None:
        """Room that nobody recorded is not room that the node could not tell."""
        recorded = Capture(
            node=Node(instance_id="i-1"), status=CaptureStatus.ANSWERED, text=SUMMARY + END, is_recording=True
        )

        assert parse.read(recorded)[1] == Coverage(status=CaptureStatus.ANSWERED, version=2, is_recording=True)

    def test_a_script_in_a_container_of_its_own_is_no_witness_of_the_host(self) -> None:
        """Its processes are the container's, and that it could not read the kernel log is no problem of the node."""
        text = SUMMARY.replace("kernel 6.1.141\n", "kernel 6.1.141\nprocesses_visible own\n")
        window, coverage = read(text + "@end summary triggers=- dropped=tasks unreadable=kernel_log,slabinfo\n")
        hidden = ("processes", "pods", "file systems of the host", "kernel log")

        assert coverage == Coverage(status=CaptureStatus.ANSWERED, version=2, hidden=hidden)
        assert coverage.is_partial
        assert reason(window.last, Tasks) == (
            "not visible from the agent's container: processes, pods, file systems of the host, kernel log"
        )
        assert reason(window.last, KernelLog) == reason(window.last, Tasks)
        assert window.last[PidMax] == PidMax(maximum=4194304)

    def test_a_list_of_processes_that_was_cut_is_told_by_its_numbers(self) -> None:
        """What rests on it may be missing; the limit of the output has nothing to do with it."""
        cut = SUMMARY.replace("processes 312\n", "processes 6023\nread 5000\n")

        assert problems(cut + END.replace("dropped=-", "dropped=tasks")) == (
            "5000 of 6023 processes were read: services, pods, images and sockets may be missing",
        )

    def test_a_kernel_log_that_such_a_container_can_read_is_the_hosts(self) -> None:
        """There is one kernel log for all containers, so what stands in it is used."""
        text = SUMMARY.replace("kernel 6.1.141\n", "kernel 6.1.141\nprocesses_visible own\n")
        log = "@kernel_log\nread lines=2 oldest_age_seconds=900\ntask_hung 40 INFO: task a:1 blocked\n"
        window, coverage = read(text + log + "@end summary triggers=-\n")

        assert coverage.hidden == ("processes", "pods", "file systems of the host")
        assert (window.last[KernelLog].lines_read, len(window.last[KernelLog].events)) == (2, 1)

    def test_a_section_in_the_detail_replaces_the_summary_s(self) -> None:
        """The detail knows more, and may have sections of its own."""
        window, coverage = read(SUMMARY + END_WITH_DETAIL + DETAIL)

        assert Coverage(status=CaptureStatus.ANSWERED, version=2) == coverage
        assert window.last[Slabinfo] == Slabinfo(caches_total=187, total_bytes=5, caches=())
        assert len(window.last[Containers].containers) == 1

    def test_a_section_that_is_not_known_is_ignored(self) -> None:
        """An older layer reads a newer script."""
        window, coverage = read(SUMMARY + "@newest_thing\nx y z\n" + END)

        assert (Coverage(status=CaptureStatus.ANSWERED, version=2), 5.25) == (coverage, window.seconds)

    def test_a_source_that_is_merely_not_there_was_not_in_the_capture(self) -> None:
        """Not every node has every source: coverage has nothing to say, the asker gets the reason."""
        window, coverage = read(SUMMARY + END)

        assert coverage.problems == ()
        assert reason(window.last, Cgroups) == "section cgroups missing from the collected data"
        assert reason(window.first, Meminfo) == "section meminfo missing from the first sample"
        assert reason(window.first, Loadavg) == "section loadavg is collected only in the last sample"

    def test_a_recorded_tree_of_one_file_says_what_was_not_collected(self) -> None:
        """One sentence for all of it, and the one file counts."""
        window, coverage = read("fleetscan-capture 1\n@first\n@last\n@meminfo\nMemTotal: 4030464\n" + END)

        assert coverage.problems == (
            "not collected: uptime, stat, vmstat, host, loadavg, slabinfo, sockstat, tcp_mem, file_nr, pid_max, tasks",
        )
        assert window.last[Meminfo] == Meminfo(total_bytes=4030464 * 1024)
        assert window.seconds is None

    def test_an_empty_section_is_not_collected_and_no_error(self) -> None:
        """The node had nothing for it: neither a value nor a lie."""
        window, coverage = read(SUMMARY + "@cgroups\n" + END)

        assert coverage.problems == ()
        assert reason(window.last, Cgroups) == "section cgroups was empty on the node"

    def test_an_empty_list_is_a_value(self) -> None:
        """The node looked and found none."""
        window, _ = read(SUMMARY + "@processes\n" + END)

        assert window.last[Processes] == Processes(processes=())

    def test_an_empty_list_in_the_detail_does_not_unsay_the_summary(self) -> None:
        """The budget may have run out between a section's name and its rows."""
        summary = SUMMARY + "@processes\n1 init 5 0 -\n" + END_WITH_DETAIL
        window, _ = read(summary + "@processes\n@end detail dropped=processes\n")

        assert len(window.last[Processes].processes) == 1


class TestNoCapture:
    """An answer that cannot be believed as a whole: no source at all and one sentence."""

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            pytest.param("", "the node returned an empty output", id="empty"),
            pytest.param(" \n\n", "the node returned an empty output", id="blank"),
            pytest.param(
                "bash: not found\n",
                "the output is not from the collection script, it begins with 'bash: not found'",
                id="shell",
            ),
            pytest.param("fleetscan-capture", "the version of the output is not a number: ''", id="no version"),
            pytest.param(
                "fleetscan-capture -1", "the version of the output is not a number: '-1'", id="negative version"
            ),
            pytest.param(
                "fleetscan-capture 3\n" + END,
                "the output has version 3 and only 1 to 2 are supported: update fleetscan",
                id="newer",
            ),
            pytest.param(
                "fleetscan-capture 0\n" + END,
                "the output has version 0 and only 1 to 2 are supported: update the SSM document",
                id="older",
            ),
            pytest.param(
                "fleetscan-capture 1\n\x00",
                "the output is not plain text: '\\x00' at character 21",
                id="binary",
            ),
            pytest.param(
                "fleetscan-capture 1\n@host\nos \u202ex\n",
                "the output is not plain text: '\\u202e' at character 30",
                id="not ASCII",
            ),
            pytest.param(
                "x" * 24_001,
                "the output has 24001 characters, more than the 24000 that SSM can return",
                id="too long",
            ),
        ],
    )
    def test_it_has_no_source_and_one_sentence(self, text: str, problem: str) -> None:
        """Nothing of it is used."""
        expected = (
            Window(first=Sample(), last=Sample()),
            Coverage(status=CaptureStatus.ANSWERED, problems=(problem,)),
        )

        assert expected == read(text)

    def test_a_node_that_did_not_answer_has_its_reason(self) -> None:
        """Whatever text came along is not read."""
        capture = Capture(
            node=Node(instance_id="i-1"), status=CaptureStatus.TIMED_OUT, text=SUMMARY + END, reason="no answer in 60 s"
        )
        expected = (
            Window(first=Sample(), last=Sample()),
            Coverage(status=CaptureStatus.TIMED_OUT, reason="no answer in 60 s"),
        )

        assert expected == parse.read(capture)

    def test_exactly_24000_characters_are_read(self) -> None:
        """The limit itself is allowed."""
        text = SUMMARY + "@newest_thing\n" + END

        assert problems(text.replace("thing\n", "thing\n" + "x" * (24_000 - len(text) - 1) + "\n")) == ()


class TestCutCaptures:
    """A capture without its end is never healthy, but what is whole in it counts."""

    def test_the_last_section_of_a_cut_summary_is_dropped(self) -> None:
        """A half number looks like a number: 34.04 may have been cut to 34.0."""
        text = FIRST + "@pid_max\n4194304\n@loadavg\n34.04 25.03 22.70 38/8"
        window, coverage = read(text)

        assert coverage.problems == (
            f"the output was truncated after {len(text)} characters, its last section loadavg was dropped",
        )
        assert window.last[PidMax] == PidMax(maximum=4194304)
        assert reason(window.last, Loadavg) == "section loadavg was cut off: the collected data ends before it"
        assert reason(window.last, Meminfo) == "section meminfo was cut off: the collected data ends before it"

    @pytest.mark.parametrize("mark", ["--output truncated--", "\n---Output truncated---"])
    def test_the_marks_of_ssm_are_recognised(self, mark: str) -> None:
        """The agent's at 24,000 bytes and the list call's at 2,500; the line before may be half a line."""
        text = FIRST + "@pid_max\n4194304\n@loadavg\n34.04 25.03 22.70 38/812 5\n@slab" + mark
        window, coverage = read(text)

        assert coverage.problems == (
            f"the output was truncated after {len(text)} characters, its last section loadavg was dropped",
        )
        assert window.last[PidMax] == PidMax(maximum=4194304)

    def test_an_end_line_that_was_cut_is_no_end(self) -> None:
        """``unreadable=`` may have had more to say."""
        text = SUMMARY + "@end summary triggers=- dropped=- unreadable=sl--output truncated--"

        assert problems(text) == (
            f"the output was truncated after {len(text)} characters, its last section tasks was dropped",
        )

    def test_an_end_line_without_all_its_words_is_no_end(self) -> None:
        """It was cut, or it is not from our script."""
        text = SUMMARY + "@end summary triggers=-"

        assert problems(text) == (
            "unknown section: '@end summary triggers=-'",
            f"the output was truncated after {len(text)} characters",
        )

    def test_a_whole_summary_counts_where_the_detail_was_cut(self) -> None:
        """The detail's whole sections count too."""
        text = SUMMARY + END_WITH_DETAIL + DETAIL.removesuffix("@end detail dropped=-\n")
        dropped = "its last section containers was dropped"
        window, coverage = read(text)

        assert coverage.problems == (
            f"the summary is complete, but the detail was truncated after {len(text)} characters, {dropped}",
        )
        assert window.last[Slabinfo] == Slabinfo(caches_total=187, total_bytes=5, caches=())

    def test_a_detail_that_never_came_is_missed(self) -> None:
        """The node saw a trigger, so it had more to say."""
        text = SUMMARY + END_WITH_DETAIL

        assert problems(text) == (
            f"the summary is complete, but the detail was truncated after {len(text)} characters",
        )

    @given(st.integers(0, len(SUMMARY + END_WITH_DETAIL + DETAIL) - 2))
    def test_wherever_it_is_cut_a_problem_is_reported(self, length: int) -> None:
        """And a section is either whole or absent."""
        text = (SUMMARY + END_WITH_DETAIL + DETAIL)[:length]
        window, coverage = read(text)

        assert coverage.problems
        assert window.last.get(Loadavg) in {None, read(SUMMARY + END)[0].last[Loadavg]}


class TestSectionsThatFail:
    """One bad section never stops the others."""

    def test_its_error_is_reported_and_is_the_reason(self) -> None:
        """With the line inside the section."""
        bad = SUMMARY.replace("bytes=2254857830\n", "bytes=2254857830\n\ndentry 1 1 x 1 1 1 1\n")
        window, coverage = read(bad + END)
        expected = "slabinfo, line 3: objsize is not a whole number: 'x'"

        assert (expected,) == coverage.problems
        assert expected == reason(window.last, Slabinfo)
        assert window.last[PidMax] == PidMax(maximum=4194304)

    def test_an_error_in_the_first_sample_says_so(self) -> None:
        """The last sample's section of that name is another one."""
        window, coverage = read((SUMMARY + END).replace(CPU, "cpu 1", 1))

        assert coverage.problems == ("first sample: stat, line 1: nice is missing",)
        assert window.last[Uptime] == Uptime(uptime_seconds=1186406.75)

    def test_a_bad_section_in_the_detail_leaves_the_summary_s(self) -> None:
        """What was understood once is not lost."""
        window, coverage = read(SUMMARY + END_WITH_DETAIL + DETAIL.replace("bytes=5", "bytes=-5"))

        assert coverage.problems == ("detail: slabinfo, line 1: bytes is not a whole number: '-5'",)
        assert window.last[Slabinfo] == Slabinfo(caches_total=187, total_bytes=2254857830, caches=())

    def test_of_two_sections_with_one_name_neither_is_believed(self) -> None:
        """Nor of three."""
        window, coverage = read(SUMMARY + "@pid_max\n5\n@pid_max\n6\n" + END)

        assert coverage.problems == ("pid_max is given twice",)
        assert reason(window.last, PidMax) == "pid_max is given twice"

    def test_what_could_not_be_read_or_did_not_fit_is_reported(self) -> None:
        """In words, and as the reason."""
        text = SUMMARY.replace("@slabinfo\ntotal caches=187 bytes=2254857830\n", "")
        window, coverage = read(text + "@end summary triggers=- dropped=pods unreadable=pressure,slabinfo\n")

        assert coverage.problems == (
            "section pressure could not be read on the node",
            "section slabinfo could not be read on the node",
            "section pods was dropped or shortened to fit the output limit",
        )
        assert reason(window.last, Slabinfo) == "section slabinfo could not be read on the node"

    @pytest.mark.parametrize(
        ("text", "lost"),
        [
            (SUMMARY + END, ()),
            (SUMMARY + "@end summary triggers=- dropped=pods,gone unreadable=pressure\n", ("pods", "pressure")),
            (SUMMARY + "@pid_max\n5\n" + END, ("pid_max",)),
            (SUMMARY.replace("MemTotal: 4030464", "MemTotal: x") + END, ("meminfo",)),
        ],
    )
    def test_what_the_node_has_and_did_not_bring_is_lost(self, text: str, lost: tuple[str, ...]) -> None:
        """What it merely does not have is not: a rule may then say that it is not there."""
        assert read(text)[1].lost == lost

    def test_of_a_capture_that_was_cut_all_that_did_not_come_is_lost(self) -> None:
        """Nobody knows what would have come."""
        _, coverage = read(SUMMARY)

        assert {"services", "pods", "kernel_log", "conntrack"} <= set(coverage.lost)
        assert "meminfo" not in coverage.lost

    def test_a_tab_in_what_an_end_says_is_a_part_of_what_it_says(self) -> None:
        """Only blanks part its words, so nothing behind a tab is taken for one, nor for a name of a section."""
        window, coverage = read(SUMMARY + "@end summary triggers=- dropped=pods\tslabinfo unreadable=\t\t\n")

        assert coverage.problems == ()
        assert window.last.get(Slabinfo) is not None

    def test_what_the_summary_left_out_and_the_detail_brought_is_no_problem(self) -> None:
        """It is all there."""
        end = "@end summary triggers=slab dropped=containers unreadable=-\n"

        assert problems(SUMMARY + end + DETAIL) == ()

    def test_what_the_detail_left_out_is_reported(self) -> None:
        """Rules may miss it."""
        detail = DETAIL.replace("dropped=-", "dropped=containers")

        assert problems(SUMMARY + END_WITH_DETAIL + detail) == (
            "section containers was dropped or shortened to fit the output limit",
        )


class TestTime:
    """Rates need a clock that went forward."""

    def test_an_uptime_that_ran_backwards_is_reported(self) -> None:
        """The node was restarted in between, or it lies."""
        window, coverage = read((SUMMARY + END).replace("1186406.75", "5.00"))

        assert window.seconds is None
        assert coverage.problems == (
            "the node's uptime ran backwards between the samples, from 1186401.5 s to 5.0 s: rates cannot be computed",
        )

    def test_two_equal_uptimes_are_one_recorded_sample(self) -> None:
        """No rates, but no problem either."""
        window, coverage = read((SUMMARY + END).replace("1186406.75", "1186401.50"))

        assert (window.seconds, coverage.problems) == (None, ())

    def test_a_missing_first_uptime_is_reported(self) -> None:
        """Without it no counter becomes a rate."""
        window, coverage = read((SUMMARY + END).replace("@uptime\n1186401.50 0.00\n", ""))

        assert (window.seconds, coverage.problems) == (
            None,
            ("the first sample has no uptime: rates cannot be computed",),
        )


class TestHostileCaptures:
    """Lines that no script of ours prints."""

    def test_lines_outside_of_a_section_are_counted(self) -> None:
        """And ignored, after the end as before the first section."""
        text = (
            SUMMARY.replace("@first\n", "hello\n@first\n") + END_WITH_DETAIL + DETAIL + "more\n@meminfo\nMemTotal: 1\n"
        )

        assert problems(text) == ("4 lines outside of any section were ignored",)

    def test_what_the_list_call_brings_of_stderr_is_reported(self) -> None:
        """The script itself writes none: something went wrong on the node."""
        text = SUMMARY + END + "\n----------ERROR-------\nfailed to run commands: exit status 1\n"

        assert problems(text) == (
            "the collection script failed or wrote errors: 'failed to run commands: exit status 1'",
        )

    def test_a_section_name_of_another_shape_is_reported(self) -> None:
        """It is quoted and what stands below it is ignored."""
        assert problems(SUMMARY + "@Mem Info\nMemTotal: 1\n" + END) == (
            "unknown section: '@Mem Info'",
            "1 line outside of any section was ignored",
        )

    def test_sections_beyond_a_hundred_are_ignored(self) -> None:
        """Nothing that follows is read, not even an end."""
        text = SUMMARY + "".join(f"@{'x' * number}\n" for number in range(1, 33)) * 4 + END

        assert problems(text)[0] == "more than 100 sections: the rest was ignored"

    def test_at_most_twenty_problems_are_reported(self) -> None:
        """The last one counts the others."""
        reported = problems(SUMMARY + "@A\n" * 40 + END)

        assert len(reported) == 20
        assert reported[-1] == "and 21 more problems"

    @given(st.text(st.characters(codec="ascii")) | st.text())
    def test_any_text_after_the_header_is_read_without_an_exception(self, text: str) -> None:
        """The status stays, the problems are few, printable and short."""
        for header in ("fleetscan-capture 1\n", SUMMARY, SUMMARY + END_WITH_DETAIL):
            window, coverage = read(header + text)

            assert coverage.status is CaptureStatus.ANSWERED
            assert len(coverage.problems) <= parse.MAX_PROBLEMS
            assert all(problem.isascii() and problem.isprintable() for problem in coverage.problems)
            assert isinstance(window.last, Sample)

    @given(st.lists(st.sampled_from([*(SUMMARY + END_WITH_DETAIL + DETAIL).splitlines(), "@end", "@", "x", "-1"])))
    def test_lines_in_any_order_are_read_without_an_exception(self, lines: list[str]) -> None:
        """Each source is either a value of its type or absent with a reason."""
        window, _ = read("fleetscan-capture 1\n" + "\n".join(lines))

        for source in SOURCES:
            assert source.type in window.last or reason(window.last, source.type)
            assert source.type in window.first or reason(window.first, source.type)
