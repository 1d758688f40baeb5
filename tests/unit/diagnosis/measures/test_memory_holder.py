"""What holds the memory of a node that is short of it: the largest account, pod and process outside of pods."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.measures.memory_holder import MemoryHolder, memory_holder
from fleetscan.model import Suspect
from fleetscan.model.ledger import Place
from tests.fixtures.windows import MIB, memory, one_sample, parsed

TOTAL = 1000 * MIB


@pytest.mark.parametrize(
    ("fields_mib", "account"),
    [
        ({"percpu": 600, "anon": 200}, "most is in per-CPU memory: 600 MiB (60%)"),
        ({"shmem": 300, "cached": 320, "anon": 200}, "the largest part is in shared memory and tmpfs: 300 MiB (30%)"),
        ({"page_tables": 500}, "most is in page tables: 500 MiB (50%)"),
        ({"hugetlb": 400}, "the largest part is in huge pages: 400 MiB (40%)"),
        ({"slab_unreclaimable": 150}, "the largest part is in unreclaimable slab: 150 MiB (15%)"),
        ({"anon": 700}, "most is in pods and host processes: 700 MiB (70%)"),
        ({"cached": 800, "free": 100, "slab_reclaimable": 90}, ""),
        ({"anon": 99}, ""),
        ({}, ""),
    ],
)
def test_the_largest_account_is_named(fields_mib: dict[str, int], account: str) -> None:
    """Not what the kernel gives back, and none that is too small to explain a shortage."""
    fields_bytes = {f"{name}_bytes": size * MIB for name, size in fields_mib.items()}

    found = memory_holder(one_sample(memory(total_bytes=TOTAL, **fields_bytes)))

    assert (found.account, found.place is not None, found.who, found.suspects) == (account, bool(account), "", ())


def test_memory_in_no_account_is_one_where_it_can_be_computed() -> None:
    """A driver's pages: half of the memory."""
    fields_mib = {
        "free": 100,
        "buffers": 0,
        "cached": 100,
        "anon": 250,
        "slab": 30,
        "slab_unreclaimable": 20,
        "page_tables": 5,
        "kernel_stack": 5,
    }
    fields_bytes = {f"{name}_bytes": size * MIB for name, size in fields_mib.items()}
    found = memory_holder(one_sample(memory(total_bytes=TOTAL, **fields_bytes)))

    assert found.words == "; most is in no field of /proc/meminfo: 510 MiB (51%)"


WHO = "process containerd (pid 812) outside pods uses 600 MiB (60%)"
CONTAINERD = f"containerd pid=812 age_seconds=9000 rss_bytes={600 * MIB}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            (parsed("services", CONTAINERD),),
            MemoryHolder(
                who="process containerd (pid 812) outside pods uses 600 MiB (60%)",
                suspects=(
                    Suspect(
                        kind="process", name="containerd", reason="uses 600 MiB outside of pods (pid 812)", share=0.6
                    ),
                ),
            ),
            id="the runtime",
        ),
        pytest.param(
            (parsed("services", CONTAINERD), parsed("processes", f"812 containerd {600 * MIB} 0 -")),
            MemoryHolder(
                who="process containerd (pid 812) outside pods uses 600 MiB (60%)",
                suspects=(
                    Suspect(
                        kind="process", name="containerd", reason="uses 600 MiB outside of pods (pid 812)", share=0.6
                    ),
                ),
            ),
            id="the runtime, once",
        ),
        pytest.param(
            (
                parsed("processes", f"7 java {400 * MIB} 0 live/shop-0\n9 backup {249 * MIB} 0 -"),
                parsed("pods", f"total count=1\nu1 live/shop-0 {450 * MIB} max burstable"),
            ),
            MemoryHolder(
                who="pod live/shop-0 uses 450 MiB (45%)",
                suspects=(
                    Suspect(
                        kind="pod",
                        name="live/shop-0",
                        reason="uses 450 MiB including page cache and has no memory limit",
                        share=0.45,
                    ),
                ),
            ),
            id="a pod, and not its process again",
        ),
        pytest.param(
            (parsed("processes", f"9 backup {249 * MIB} 0 -"),),
            MemoryHolder(who="process backup (pid 9) outside pods uses 249 MiB (25%)"),
            id="named, but no suspect",
        ),
        pytest.param((parsed("processes", f"9 backup {99 * MIB} 0 -"),), MemoryHolder(), id="too small"),
    ],
)
def test_the_largest_pod_or_process_outside_of_pods_is_named(
    values: tuple[object, ...], expected: MemoryHolder
) -> None:
    """The container runtime is such a process, and may be missing among the largest."""
    assert expected == memory_holder(one_sample(memory(total_bytes=TOTAL), *values))


def test_without_a_whole_there_is_no_share() -> None:
    """MemTotal is not known."""
    assert memory_holder(one_sample(parsed("services", CONTAINERD))) == MemoryHolder()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (None, f"; most is in per-CPU memory: 600 MiB (60%); {WHO}"),
        (Place.PER_CPU, f"; {WHO}"),
        (Place.ZFS_CACHE, f"; most is in per-CPU memory: 600 MiB (60%); {WHO}"),
    ],
)
def test_an_account_that_is_named_already_is_not_named_again(named: Place | None, words: str) -> None:
    """The process is."""
    meminfo = memory(total_bytes=TOTAL, percpu_bytes=600 * MIB)

    assert memory_holder(one_sample(meminfo, parsed("services", CONTAINERD))).beside(named) == words
