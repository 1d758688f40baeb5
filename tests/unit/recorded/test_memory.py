"""Several recordings are successive scans: what is kept between them, and what the last one's report says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fleetscan import cli
from fleetscan.cli.exit_code import ExitCode
from fleetscan.model.death import Death
from fleetscan.model.kubernetes import ClusterEvent, Ending, PodEnd
from fleetscan.recorded.memory import KeptClusters, KeptEpisodes, KeptRings
from tests.fixtures.recorded_fleet import SICK, entry, write, write_cluster
from tests.fixtures.stored_examples import EPISODE

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where a report may be kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def replayed(capsys: pytest.CaptureFixture[str], *arguments: Path | str) -> str:
    """Return what a replay shows."""
    assert cli.main(["replay", *map(str, arguments)]) == ExitCode.SCANNED
    return capsys.readouterr().out


def test_history_is_in_the_order_of_the_scans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Opened in the first, and ongoing in the second, whichever is named first."""
    earlier = write(tmp_path / "b")
    later = write(tmp_path / "a", scanned_at="2026-01-06T12:30:00Z")
    report = json.loads(replayed(capsys, later, earlier, "--json"))
    alone = json.loads(replayed(capsys, later, "--json"))
    opened = {one["opened_at"] for one in report["episodes"]}

    assert report["started_at"] == "2026-01-06T12:30:00+00:00"
    assert opened == {"2026-01-06T12:00:00+00:00"}
    assert not [note for note in report["notes"] if "No history is stored" in note]
    assert [note for note in alone["notes"] if "No history is stored" in note]


def test_deaths_are_told_of_the_scan_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kubernetes has forgotten them by the next."""
    write_cluster(write(tmp_path / "1"))
    later = write(tmp_path / "2", scanned_at="2026-01-06T15:00:00Z")
    write_cluster(later, {"Node": []})
    report = json.loads(replayed(capsys, tmp_path / "1", later, "--json"))

    assert "live/main-0" in {one["pod"] for one in report["kubernetes"]["stories"]}


def test_a_page_and_text_are_the_same_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text by default, a page where one is wanted."""
    folder = write(tmp_path / "1")

    assert "1 of 3 nodes is critical" in replayed(capsys, folder)
    assert "<!doctype html>" in replayed(capsys, folder, "--html", "-").lower()


def test_redacted_recordings_are_saved_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One folder for each, with the same names in all of them."""
    later = write(tmp_path / "b", scanned_at="2026-01-06T12:30:00Z")
    shown = replayed(capsys, later, write(tmp_path / "a"), "--redact", "--save", tmp_path / "new", "--json")
    fleets = [json.loads((tmp_path / "new" / number / "fleet.json").read_text()) for number in "12"]

    assert [one["scanned_at"] for one in fleets] == ["2026-01-06T12:00:00+00:00", "2026-01-06T12:30:00+00:00"]
    assert fleets[0]["nodes"] == fleets[1]["nodes"]
    assert SICK not in shown


def test_a_damaged_entry_is_told_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the nodes that are well."""
    assert "nodes[1] has no instance_id that can be one" in replayed(capsys, write(tmp_path / "1", entry(0), 5))


def test_a_folder_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit code of a scan in which nothing was scanned."""
    assert cli.main(["replay", str(tmp_path / "none")]) == ExitCode.NOTHING_SCANNED
    assert capsys.readouterr() == ("", f"fleetscan: {tmp_path / 'none'}: there is no such folder.\n")


def test_a_place_that_is_taken_is_told_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a replay and of a scan alike."""
    folder = write(tmp_path / "1")
    codes = [cli.main([*command, "--save", str(folder)]) for command in (["replay", str(folder)], ["scan"])]

    assert codes == [ExitCode.NOTHING_SCANNED] * 2
    assert capsys.readouterr().err.count("is not an empty folder") == 2


class TestMemory:
    """The ports, one by one."""

    def test_rings(self) -> None:
        """Those that were saved, and no others."""
        kept = KeptRings()

        assert kept.save({"i-1": b"1"}) == frozenset()
        assert kept.load(["i-1", "i-2"]).histories == {"i-1": b"1"}

    def test_clusters(self) -> None:
        """Events in their order, and only of the clusters that are asked for."""
        kept = KeptClusters()
        events = [
            ClusterEvent(uid=uid, at=NOW + timedelta(minutes=late), kind="Node", name="a", reason="NodeReady")
            for uid, late in (("e1", 5), ("e2", 0))
        ]
        end = PodEnd(namespace="live", name="main-0", ending=Ending.EVICTED)
        death = Death(cluster="shop", end=end, found_at=NOW, died_at=NOW, mark="1")
        kept.save({"shop": events, "other": events}, [death])
        past = kept.load(["shop"])

        assert past.events == {"shop": tuple(events[::-1])}
        assert past.deaths == (death,)
        assert kept.load(["other"]).deaths == ()
        assert kept.deaths("live/main").deaths == (death,)
        assert kept.deaths("live/other").deaths == ()

    def test_episodes_that_are_over_are_forgotten(self) -> None:
        """A week after they were resolved, as in the table; each write is a version."""
        kept = KeptEpisodes()
        open_ = replace(EPISODE, resolved_at=None, version=0)
        resolved = replace(open_, resolved_at=NOW)
        stored = kept.store(open_)

        assert stored == kept.reload(open_) == replace(open_, version=1)
        assert kept.store(replace(resolved, version=1)) == replace(resolved, version=2)
        found = []
        for days in (6, 8):
            kept.now = NOW + timedelta(days=days)
            found.append(kept.load([open_.fingerprint.cluster]).episodes)
        assert found == [(replace(resolved, version=2),), ()]
        assert kept.load(["elsewhere"]).episodes == ()


def test_workers_that_vanish_are_told_and_their_findings_stay_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sick one and four others are gone in the second scan: nothing is resolved, in no output."""
    vanished = [entry(number, status="timed_out") for number in range(3, 7)]
    first = write(tmp_path / "1", entry(0), entry(1), entry(2), *vanished)
    second = write(tmp_path / "2", entry(1), entry(2), scanned_at="2026-01-06T12:05:00Z")
    third = write(tmp_path / "3", entry(1), entry(2), scanned_at="2026-01-06T12:10:00Z")
    report = json.loads(replayed(capsys, first, second, third, "--json"))
    text = replayed(capsys, first, second, third)
    page = tmp_path / "page.html"
    replayed(capsys, first, second, third, "--html", page)
    lost = next(one for one in report["fleet"]["findings"] if one["rule"] == "workers_lost")
    states = {one["rule"]: one["state"] for one in report["episodes"]}

    assert lost["instance_ids"] == [SICK, *(one["instance_id"] for one in vanished)]
    assert lost["evidence"].startswith(
        "cluster shop lost 5 of 7 workers between two scans, 2 workers left (first seen at 12:05:00 UTC); "
    )
    assert states["slab_unreclaimable_high"] == states["workers_lost"] == "open"
    assert [one["rule"] for one in report["events"] if one["kind"] == "resolved"] == []
    assert "[workers_lost]" in text
    assert "cluster shop lost 5 of 7 workers" in page.read_text()
