"""A scan's report on the shelf, before anybody is notified of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from fleetscan.errors import AccessError, PublishError
from fleetscan.model import Capture, CreditMode, Credits, Diagnosis, Node, Report
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.memory import History
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.scan import pipeline
from fleetscan.scan.ports import Destinations
from fleetscan.scan.report_store import LINK_SECONDS, ReportStore
from fleetscan.settings import Settings
from tests.fixtures.lives import START, diagnosis, finding, report
from tests.fixtures.memory_shelf import MemoryShelf
from tests.fixtures.outside import outside, sources

KEY = "reports/2026/01/15/20260115T060500.000000Z.json.gz"
PAGE_KEY = "reports/2026/01/15/20260115T060500.000000Z.html"
DASHBOARD = "https://console.invalid/dashboard"
AFFECTED = diagnosis(1, finding())


def store(report_archive: MemoryShelf) -> ReportStore:
    """Return a store whose pages are one word long."""
    return ReportStore(report_archive=report_archive, bucket="b", page=lambda found: f"page of {found.scan_id}")


def test_a_report_is_stored_with_its_page_and_linked() -> None:
    """The link is for the page, for half a day at most."""
    report_archive = MemoryShelf()
    stored = report(AFFECTED)
    expected = Whereabouts(
        bucket="b", key=KEY, report_url=f"https://bucket.invalid/{PAGE_KEY}?X-Amz-Expires={LINK_SECONDS}"
    )

    assert expected == store(report_archive).store(stored, with_page=True)
    assert report_archive.reports == {KEY: stored}
    assert report_archive.pages == {PAGE_KEY: "page of 20260115T060500.000000Z"}


def test_a_report_that_no_message_is_sent_of_is_stored_without_a_page() -> None:
    """Nobody is sent a link, so nobody waits for a page to be made."""
    report_archive = MemoryShelf()

    assert store(report_archive).store(report(AFFECTED), with_page=False) == Whereabouts(bucket="b", key=KEY)
    assert report_archive.pages == {}


@dataclass
class World:
    """A scan of one affected node, with a shelf and one destination; everything that is not about them does nothing."""

    report_archive: MemoryShelf = field(default_factory=MemoryShelf)
    page_error: Exception | None = None
    reported: list[tuple[str, Whereabouts]] = field(default_factory=list)

    def workers(self) -> tuple[Node, ...]:
        """Return the node."""
        return (AFFECTED.node,)

    def empty_clusters(self, _workers: object) -> tuple[str, ...]:
        """Return none."""
        return ()

    def collect(self, _nodes: object, *, deadline: float, background: object = None) -> tuple[Capture, ...]:
        """Return its capture."""
        assert deadline
        assert background is None
        return (Capture(node=AFFECTED.node, status=AFFECTED.coverage.status),)

    def modes(self, _nodes: object) -> dict[str, CreditMode]:
        """Return none."""
        return {}

    def credits(self, nodes: object, modes: object, *, fresh: object = ()) -> dict[str, Credits]:  # noqa: ARG002 - the port's
        """Return none."""
        return {}

    def send(self, found: Report, whereabouts: Whereabouts = Whereabouts()) -> None:  # noqa: B008 - frozen
        """Keep what is reported."""
        self.reported.append((found.scan_id, whereabouts))

    def page(self, _: Report) -> str:
        """Return a page, or fail."""
        if self.page_error:
            raise self.page_error
        return "page"

    def examine(
        self,
        _capture: Capture,
        _known: Credits | None,
        _history: History | None,
        _in_cluster: InCluster | None,
        _disks: DiskLimits | None = None,
    ) -> Diagnosis:
        """Return what is wrong with the node."""
        return AFFECTED

    def scan(self, *, is_stored: bool = True) -> Report:
        """Scan with all of it."""
        observing = sources(self, START.timestamp)
        kept_in = replace(store(self.report_archive), page=self.page) if is_stored else None
        to = Destinations(clock=observing.clock, report_store=kept_in, sinks=(self,))
        settings = Settings(dashboard_url=DASHBOARD)
        deadline = START.timestamp() + 60
        return pipeline.scan(outside(observing, to), settings, deadline=deadline, examine=self.examine)


def test_a_scan_stores_what_it_says_and_says_where_it_stored_it() -> None:
    """The report that is returned, the one that is stored and the one that is reported are one and the same."""
    world = World()
    found = world.scan()
    url = f"https://bucket.invalid/{PAGE_KEY}?X-Amz-Expires={LINK_SECONDS}"
    expected = [(found.scan_id, Whereabouts(bucket="b", key=KEY, report_url=url, dashboard_url=DASHBOARD))]

    assert world.report_archive.reports == {KEY: found}
    assert expected == world.reported


def test_without_a_bucket_a_message_still_knows_the_dashboard() -> None:
    """Nothing is stored, and nothing else is missing."""
    world = World()
    world.scan(is_stored=False)

    assert [where for _, where in world.reported] == [Whereabouts(dashboard_url=DASHBOARD)]


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (
            World(report_archive=MemoryShelf(error=AccessError("AWS refused it"))),
            "AccessError: AWS refused it",
        ),
        (World(page_error=KeyError("bug")), "KeyError: 'bug'"),
    ],
    ids=["shelf", "page"],
)
def test_storage_that_fails_never_keeps_a_message_back(world: World, words: str) -> None:
    """It goes out without the link, and then the scan fails visibly, with the reason."""
    with pytest.raises(PublishError, match=f"^Not everything was published: MemoryShelf: {words}$"):
        world.scan()
    assert [where for _, where in world.reported] == [Whereabouts(dashboard_url=DASHBOARD)]
