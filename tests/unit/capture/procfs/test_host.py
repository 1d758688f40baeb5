"""The section ``host``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import host
from fleetscan.capture.procfs.host import Host
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Host(
        kernel="6.1.141-155.222.amzn2023.x86_64",
        operating_system="Amazon_Linux_2023.7.20250609",
        boot_id="3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10",
        cpus=2,
        page_bytes=4096,
        cgroup_version=2,
        has_pressure=False,
        sees_processes=False,
        forwards_packets=False,
    )

    assert expected == host.parse(documented(host))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "host: has none of the fields that are read", id="empty"),
        pytest.param("kernel", "host, line 1: kernel is missing", id="no value"),
        pytest.param("cpus 2\ncpus 2", "host, line 2: cpus is given twice", id="duplicate"),
        pytest.param("cpus 0", "host, line 1: cpus is zero", id="no CPU"),
        pytest.param("page_bytes 0", "host, line 1: page_bytes is zero", id="no page size"),
        pytest.param(
            "page_bytes 4095", "host, line 1: page_bytes is no power of two: 4095", id="a page size that cannot be"
        ),
        pytest.param("os \x07", r"host, line 1: os is not a short printable text: '\x07'", id="unprintable"),
        pytest.param(
            "os " + "a" * 129, f"host, line 1: os is not a short printable text: '{'a' * 40}...'", id="endless"
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        host.parse(text)

    assert error == str(raised.value)


def test_what_the_node_did_not_know_is_none() -> None:
    """Keys that are missing or ``-`` are unknown."""
    expected = Host(
        kernel="6.1.0", operating_system=None, boot_id=None, cpus=None, page_bytes=None, cgroup_version=None
    )

    assert expected == host.parse("kernel 6.1.0\nos -\ncpus -\npage_bytes -\nnew_key 5\n")


def test_an_operating_system_may_have_spaces_in_its_name() -> None:
    """As in PRETTY_NAME of /etc/os-release."""
    assert host.parse("os Amazon Linux 2023").operating_system == "Amazon Linux 2023"


def test_pages_of_64_kib_are_believed() -> None:
    """Some arm64 kernels have them."""
    assert host.parse("page_bytes 65536").page_bytes == 65536


@pytest.mark.parametrize("words", ["", "pressure some\nprocesses_visible all\n"], ids=["nothing", "newer words"])
def test_what_is_not_denied_is_not_known(words: str) -> None:
    """None and not True: that is what the sections themselves show."""
    found = host.parse(f"kernel 6.1.0\n{words}")

    assert (found.has_pressure, found.sees_processes) == (None, None)
