"""A node's tree, read by the real collection script and the project's own parsers."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan.capture import local, parse
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.capture.procfs.slabinfo import Slabinfo
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.model import CaptureStatus, Coverage, Window
from simulator.fleet import Fleet, FleetNode, load
from simulator.removal import without
from simulator.tree import plant

MIB = 1024 * 1024
INCIDENT = load("incident")
AFFECTED, LARGE, OTHER = INCIDENT.nodes[:3]
ROOT_CAUSE = "weave-scope-agent"
AFTER = without(INCIDENT, ROOT_CAUSE)


def read(fleet: Fleet, node: FleetNode, folder: Path) -> tuple[Window, Coverage]:
    """Plant a node's tree, run the script on it, and parse what it prints."""
    plant(fleet, node, folder)
    capture = local.collect(folder)
    assert capture.status is CaptureStatus.ANSWERED
    return parse.read(capture)


def test_the_affected_node_prints_the_published_figures(tmp_path: Path) -> None:
    """Memory, swap, slab, load and pressure as the incident report has them, MB read as MiB."""
    window, coverage = read(INCIDENT, AFFECTED, tmp_path)
    meminfo, load_now, pressure = window.last[Meminfo], window.last[Loadavg], window.last[Pressure]

    assert coverage.problems == ()
    assert {
        "MemTotal": meminfo.total_bytes,
        "MemFree": meminfo.free_bytes,
        "MemAvailable": meminfo.available_bytes,
        "SwapTotal": meminfo.swap_total_bytes,
        "SwapFree": meminfo.swap_free_bytes,
        "SUnreclaim": meminfo.slab_unreclaimable_bytes,
        "SReclaimable": meminfo.slab_reclaimable_bytes,
        "Committed_AS": meminfo.committed_bytes,
    } == {
        "MemTotal": 3936 * MIB,
        "MemFree": 86 * MIB,
        "MemAvailable": 735 * MIB,
        "SwapTotal": 1048 * MIB,
        "SwapFree": 549 * MIB,
        "SUnreclaim": 2143 * MIB,
        "SReclaimable": 50 * MIB,
        "Committed_AS": 5001 * MIB,
    }
    assert (load_now.load1, load_now.load5, load_now.load15) == (34.04, 25.03, 22.70)
    assert pressure.memory is not None
    assert pressure.memory.some is not None
    assert (pressure.memory.some.avg10_percent, pressure.memory.some.avg60_percent) == (98.98, 98.90)


@pytest.mark.parametrize(
    ("node", "heads"),
    [(AFFECTED, 1_657_980), (LARGE, 3_309_501), (OTHER, 1_310_669)],
    ids=["affected", "large", "other"],
)
def test_socket_buffers_are_as_many_as_published(node: FleetNode, heads: int, tmp_path: Path) -> None:
    """And the sockets that hold them account for most of their bytes."""
    window, _ = read(INCIDENT, node, tmp_path)
    caches = {cache.name: cache for cache in window.last[Slabinfo].caches}
    slab_bytes = sum(caches[name].objects * caches[name].object_bytes for name in node.caches)

    assert caches["skbuff_head_cache"].active_objects == heads
    assert 0.85 < window.last[Sockets].receive_queue_bytes / slab_bytes <= 1.05


def test_counters_differ_between_the_samples_by_the_rates_of_the_data(tmp_path: Path) -> None:
    """264 pages a second swapped in, for the five seconds that the node's clock shows."""
    window, _ = read(INCIDENT, AFFECTED, tmp_path)
    first, last = window.first[Vmstat], window.last[Vmstat]

    assert window.seconds == pytest.approx(5.0)
    assert last.swapped_in_pages is not None
    assert first.swapped_in_pages is not None
    assert last.swapped_in_pages - first.swapped_in_pages == 264 * 5


@pytest.mark.parametrize("fleet", [INCIDENT, AFTER], ids=["before", "after"])
def test_every_nodes_memory_adds_up(fleet: Fleet) -> None:
    """The ledger explains at least 94% of MemTotal and never more than all of it: a simulated node hides nothing."""
    for node in fleet.nodes:
        memory = node.memory
        explained = (
            memory.free_mib
            + memory.cached_mib
            + memory.anon_mib
            + memory.reclaimable_mib
            + memory.unreclaimable_mib
            + memory.page_tables_mib
        )

        assert 0.94 <= explained / memory.total_mib <= 1.0, node.instance_id


@pytest.mark.parametrize("node", INCIDENT.nodes, ids=lambda node: node.instance_id)
def test_slabinfo_explains_nine_tenths_of_the_slab(node: FleetNode, tmp_path: Path) -> None:
    """Pages summed over all caches against meminfo's Slab: 0.91 to 1.00 on coherent hosts."""
    roots = plant(INCIDENT, node, tmp_path)
    rows = [line.split() for line in Path(roots["PROC_ROOT"], "slabinfo").read_text().splitlines()[2:]]
    pages_bytes = sum(int(row[5]) * int(row[14]) * 4096 for row in rows)
    slab_bytes = (node.memory.reclaimable_mib + node.memory.unreclaimable_mib) * MIB

    assert 0.91 <= pages_bytes / slab_bytes <= 1.0


def test_deleting_the_root_cause_gives_the_published_figures(tmp_path: Path) -> None:
    """SUnreclaim 74, MemFree 1,937, MemAvailable 2,600, no pressure, load 0.39, and nobody holds buffers."""
    window, coverage = read(AFTER, AFTER.node(AFFECTED.instance_id), tmp_path)
    meminfo = window.last[Meminfo]

    assert coverage.problems == ()
    assert meminfo.slab_unreclaimable_bytes == 74 * MIB
    assert meminfo.free_bytes == 1937 * MIB
    assert meminfo.available_bytes == 2600 * MIB
    assert window.last[Loadavg].load1 == 0.39
    assert window.last[Sockets].receive_queue_bytes == 0


def test_after_the_fix_every_node_is_in_the_healthy_range() -> None:
    """50 to 200 MB of unreclaimable slab."""
    ranges = {node.instance_id: 50 <= node.memory.unreclaimable_mib <= 200 for node in AFTER.nodes}

    assert all(ranges.values()), ranges


def test_a_workload_that_nobody_runs_cannot_be_deleted() -> None:
    """A misspelt name is an error, not a fleet that stays sick."""
    with pytest.raises(KeyError):
        without(INCIDENT, "weave-scope")


def test_a_misspelt_figure_is_an_error(tmp_path: Path) -> None:
    """A key that no field is named after must not silently become a default."""
    text = (Path(__file__).parents[2] / "simulator/fleets/special.toml").read_text()
    file = tmp_path / "fleet.toml"
    file.write_text(text.replace("uptime_days = 12.5", "uptime_day = 12.5"))

    with pytest.raises(ValueError, match="uptime_day"):
        load(file)


def test_a_bottlerocket_node_shows_what_its_agents_container_does(tmp_path: Path) -> None:
    """The host's memory and load, the container's own processes, and neither pods nor a kernel log."""
    special = load("special")
    node = next(one for one in special.nodes if special.system_of(one).is_bottlerocket)
    window, _ = read(special, node, tmp_path)
    processes = {path.name for path in (tmp_path / "t1" / "proc").iterdir() if path.name.isdigit()}

    assert window.last[Meminfo].total_bytes == 7650 * MIB
    assert window.last[Loadavg].load1 == 0.1
    assert processes == {"1", "9", "31", "77"}
    assert not (tmp_path / "t1" / "sys" / "fs" / "cgroup").exists()
    assert KernelLog not in window.last
