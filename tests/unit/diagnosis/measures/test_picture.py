"""What a report shows of a node beside its findings."""

from __future__ import annotations

from fleetscan.diagnosis.measures.picture import CACHES, QUIET_CACHES, picture
from fleetscan.model import Sample, Window
from fleetscan.model.picture import Picture
from tests.fixtures.windows import cache, caches, four_kib_pages, one_sample, parsed


def test_a_node_of_which_nothing_was_read_has_an_empty_picture() -> None:
    """Absent is not zero."""
    assert Picture() == picture(Window(first=Sample(), last=Sample()), None, is_quiet=False)


def test_pressure_on_cpu_and_disk_is_shown_as_far_as_it_is_known() -> None:
    """A kernel before 5.13 has no full for the CPU, and a summary none for the disk."""
    some = parsed("pressure", "cpu some avg10=1.00 avg60=2.00 total=1\nio some avg10=3.00 avg60=4.00 total=1")
    full = parsed("pressure", "io full avg10=3.00 avg60=5.00 total=1")
    expected = [
        Picture(cpu_some_avg60_percent=2.0, io_some_avg60_percent=4.0),
        Picture(io_full_avg60_percent=5.0),
    ]

    assert expected == [picture(one_sample(value), None, is_quiet=True) for value in (some, full)]


def test_a_quiet_node_takes_less_room() -> None:
    """There are thousands of them in a stored report."""
    rows = [cache(f"cache-{number}", 10, 192) for number in range(20)]
    window = one_sample(caches(*rows), four_kib_pages())

    assert [len(picture(window, None, is_quiet=quiet).caches) for quiet in (False, True)] == [CACHES, QUIET_CACHES]
