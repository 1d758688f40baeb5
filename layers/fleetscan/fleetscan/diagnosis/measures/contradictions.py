"""Numbers of a node that cannot be: what they are, and the window without them.

A kernel with a bug, a file laid over /proc or a hostile node can send them. No rule may rest on one: an impossible
MemAvailable (oracle-linux issue 218: a leaking counter of page cache, 15 times MemTotal) would silence every rule that
asks whether memory is short. So such a number is refused, and what is left is used in its place where that is known.

What can be, however odd, is no contradiction: a count above a limit that was lowered meanwhile, open files above
fs.file-max (root may), TCP memory above tcp_mem, Committed_AS above MemTotal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure
from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.slabinfo import Cache, Slabinfo
from fleetscan.capture.procfs.slices import Slice, Slices
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.diagnosis.measures.memory_accounts import sum_problem
from fleetscan.immutable import immutable
from fleetscan.model import Window
from fleetscan.quantities import count, counted, size

FULL_ABOVE_SOME_PERCENT = 5.0
"""``full`` is a part of ``some``; their averages are rounded and may be read in between two updates [inference]."""

LARGEST_BYTES = 64 * 1024**4
"""No instance has so much: the largest of EC2, u7inh-32tb, has 32 TiB (own choice: twice that)."""

_PARTS = {
    "MemFree": "free_bytes",
    "Buffers": "buffers_bytes",
    "Cached": "cached_bytes",
    "SwapCached": "swap_cached_bytes",
    "AnonPages": "anon_bytes",
    "Shmem": "shmem_bytes",
    "Slab": "slab_bytes",
    "SReclaimable": "slab_reclaimable_bytes",
    "SUnreclaim": "slab_unreclaimable_bytes",
    "KernelStack": "kernel_stack_bytes",
    "PageTables": "page_tables_bytes",
    "SecPageTables": "secondary_page_tables_bytes",
    "Percpu": "percpu_bytes",
    "Hugetlb": "hugetlb_bytes",
    "Zswap": "zswap_bytes",
    "HardwareCorrupted": "hardware_corrupted_bytes",
}
"""Each is a part of MemTotal; VmallocUsed is not among them, for it was address space before Linux 5.3."""

MEM_AVAILABLE = "MemAvailable"


@immutable(kw_only=False)
class Contradiction:
    """One number that cannot be."""

    name: str
    """As rules call what they miss."""
    words: str
    """What it contradicts."""
    instead: str = ""
    """What is used in its place; empty where it is refused and nothing is."""


@immutable
class Contradictions:
    """The numbers of a node that were refused: a source like any other."""

    found: tuple[Contradiction, ...] = ()

    def __contains__(self, name: str) -> bool:
        return any(one.name == name for one in self.found)

    def reason(self, absent: str) -> str:
        """Return why something is absent: "was not reported" is not true of what was refused."""
        lost = next((one for one in self.found if absent == f"{one.name} was not reported"), None)
        return absent if lost is None else f"{lost.name} was refused: {lost.words}"

    @property
    def missing(self) -> Mapping[str, str]:
        """Return MemAvailable with the reason if it was refused: what is used instead makes no node healthy."""
        return {one.name: f"{one.name} was refused: {one.words}" for one in self.found if one.name == MEM_AVAILABLE}


def refused(window: Window) -> Contradictions:
    """Return what was refused of a window; nothing where it was not looked through."""
    return window.last.get(Contradictions) or Contradictions()


def believed(window: Window) -> Window:
    """Return the window without the numbers of its last sample that cannot be, and with its contradictions."""
    found: list[Contradiction] = []
    last = window.last
    meminfo = last.get(Meminfo)
    values: list[object] = []
    absent: dict[type, str] = {}
    if meminfo is not None:
        meminfo = _believed_meminfo(meminfo, found)
        values.append(meminfo)
    whole = _whole(meminfo)
    values += _believed_holders(window, whole, found)
    if (pressure := last.get(Pressure)) is not None:
        values.append(_believed_pressure(pressure, found))
    if (filesystems := last.get(Filesystems)) is not None:
        rows = tuple(_believed_filesystem(one, found) for one in filesystems.filesystems)
        values.append(Filesystems(filesystems=rows))
    for source, problem in (
        *_tasks_problem(last.get(Tasks)),
        *_load_problem(last.get(Loadavg)),
        *_sockets_problem(last.get(Sockets), whole),
        *_slab_problem(last.get(Slabinfo), whole),
    ):
        found.append(Contradiction(source.__name__, problem))
        absent[source] = f"{source.__name__} was refused: {problem}"
    clean = last.without(absent).with_values(*values)
    # What the accounts add up to is asked of the numbers that are left.
    if meminfo is not None and (problem := sum_problem(meminfo, replace(window, last=clean))):
        found.append(Contradiction("the sum of the accounts in meminfo", problem))
    return replace(window, last=clean.with_values(Contradictions(found=tuple(found))))


@immutable(kw_only=False)
class _Whole:
    """What nothing on the node can hold more than."""

    most_bytes: int
    name: str = "MemTotal"


def _whole(meminfo: Meminfo | None) -> _Whole:
    """Return MemTotal; where the node does not tell, or tells what cannot be, what no instance has."""
    if meminfo is None or meminfo.total_bytes is None:
        return _Whole(LARGEST_BYTES, "the memory of any instance,")
    return _Whole(meminfo.total_bytes)


def _believed_meminfo(meminfo: Meminfo, found: list[Contradiction]) -> Meminfo:
    changes: dict[str, int | None] = {}
    total_bytes = meminfo.total_bytes
    if total_bytes is not None and total_bytes > LARGEST_BYTES:
        found.append(Contradiction("MemTotal", f"MemTotal is more than any instance has, {size(LARGEST_BYTES)}"))
        changes["total_bytes"] = total_bytes = None
    if total_bytes is not None:
        for name, field in _PARTS.items():
            held_bytes: int | None = getattr(meminfo, field)
            if held_bytes is not None and held_bytes > total_bytes:
                changes[field] = None
                found.append(Contradiction(name, _above(name, held_bytes, "MemTotal", total_bytes)))
        changes |= _available(replace(meminfo, **changes), total_bytes, found)
        changes |= _hugepages(meminfo, total_bytes, found)
    free_bytes, swap_bytes = meminfo.swap_free_bytes, meminfo.swap_total_bytes
    if free_bytes is not None and swap_bytes is not None and free_bytes > swap_bytes:
        changes["swap_free_bytes"] = None
        found.append(Contradiction("SwapFree", _above("SwapFree", free_bytes, "SwapTotal", swap_bytes)))
    return replace(meminfo, **changes) if changes else meminfo


def _available(meminfo: Meminfo, total_bytes: int, found: list[Contradiction]) -> dict[str, int | None]:
    """Return what is left in place of an impossible MemAvailable: free memory and what can be reclaimed."""
    available_bytes = meminfo.available_bytes
    if available_bytes is None or available_bytes <= total_bytes:
        return {}
    words = _above(MEM_AVAILABLE, available_bytes, "MemTotal", total_bytes)
    if meminfo.free_bytes is None:
        found.append(Contradiction(MEM_AVAILABLE, words))
        return {"available_bytes": None}
    files_bytes = max(0, (meminfo.cached_bytes or 0) - (meminfo.shmem_bytes or 0)) + (meminfo.buffers_bytes or 0)
    left_bytes = min(total_bytes, meminfo.free_bytes + files_bytes + (meminfo.slab_reclaimable_bytes or 0))
    instead = f"{size(left_bytes)} that are free or can be reclaimed"
    found.append(Contradiction(MEM_AVAILABLE, words, instead))
    return {"available_bytes": left_bytes}


def _hugepages(meminfo: Meminfo, total_bytes: int, found: list[Contradiction]) -> dict[str, int | None]:
    pages, free = meminfo.hugepages_total, meminfo.hugepages_free
    if pages is not None and pages * (meminfo.hugepage_bytes or 0) > total_bytes:
        pool_bytes = pages * (meminfo.hugepage_bytes or 0)
        found.append(Contradiction("HugePages_Total", _above("HugePages_Total", pool_bytes, "MemTotal", total_bytes)))
        return {"hugepages_total": None}
    if pages is not None and free is not None and free > pages:
        words = f"HugePages_Free is {count(free)}, more than HugePages_Total {count(pages)}"
        found.append(Contradiction("HugePages_Free", words))
        return {"hugepages_free": None}
    return {}


def _believed_holders(window: Window, whole: _Whole, found: list[Contradiction]) -> Iterator[object]:
    """Yield cgroups, pods and processes without those that hold more than there is (systemd issue 25271: 1.8 TB)."""
    total_bytes = whole.most_bytes
    slices, pods, processes = window.last.get(Slices), window.last.get(Pods), window.last.get(Processes)
    if slices is not None:
        yield Slices(slices=tuple(_believed_slice(one, whole, found) for one in slices.slices))
    if pods is not None:
        kept_pods = tuple(one for one in pods.pods if one.memory_bytes <= total_bytes)
        if len(kept_pods) < len(pods.pods):
            worst = max(pods.pods, key=lambda one: one.memory_bytes)
            name = f"the memory of {counted(len(pods.pods) - len(kept_pods), 'pod')}"
            found.append(
                Contradiction(name, _above(f"that of {worst.name}", worst.memory_bytes, whole.name, total_bytes))
            )
            yield replace(pods, pods=kept_pods)
    if processes is not None:
        # Pages that a process has mapped more than once count each time (Java's ZGC), so it is no contradiction.
        yield Processes(processes=tuple(one for one in processes.processes if one.rss_bytes <= total_bytes))


def _believed_slice(part: Slice, whole: _Whole, found: list[Contradiction]) -> Slice:
    def kept(name: str, held_bytes: int | None) -> int | None:
        if held_bytes is None or held_bytes <= whole.most_bytes:
            return held_bytes
        name = f"{name} of {part.name}"
        found.append(Contradiction(name, _above(name, held_bytes, whole.name, whole.most_bytes)))
        return None

    return replace(
        part,
        memory_bytes=kept("the memory", part.memory_bytes),
        anon_bytes=kept("anon", part.anon_bytes),
        file_bytes=kept("file", part.file_bytes),
        kernel_bytes=kept("kernel", part.kernel_bytes),
        sock_bytes=kept("sock", part.sock_bytes),
    )


def _believed_pressure(pressure: Pressure, found: list[Contradiction]) -> Pressure:
    return Pressure(
        memory=_believed_resource("memory", pressure.memory, found),
        cpu=_believed_resource("cpu", pressure.cpu, found),
        io=_believed_resource("io", pressure.io, found),
    )


def _believed_resource(
    name: str, resource: ResourcePressure | None, found: list[Contradiction]
) -> ResourcePressure | None:
    some, full = (None, None) if resource is None else (resource.some, resource.full)
    if some is None or full is None:
        return resource
    for span, part, whole in (
        ("avg10", full.avg10_percent, some.avg10_percent),
        ("avg60", full.avg60_percent, some.avg60_percent),
    ):
        if part is not None and whole is not None and part > whole + FULL_ABOVE_SOME_PERCENT:
            words = f"{name} PSI full {span} is {part:.2f}%, more than some {whole:.2f}%, of which it is a part"
            found.append(Contradiction(f"the pressure on {name}", words))
            return None
    return resource


def _believed_filesystem(one: Filesystem, found: list[Contradiction]) -> Filesystem:
    if _is_more_free(one.free_bytes, one.total_bytes):
        words = f"{one.mountpoint} has {size(one.free_bytes or 0)} free of {size(one.total_bytes or 0)}"
        found.append(Contradiction(f"the free space of {one.mountpoint}", words))
        one = replace(one, free_bytes=None, total_bytes=None)
    if _is_more_free(one.free_inodes, one.total_inodes):
        words = f"{one.mountpoint} has {count(one.free_inodes or 0)} inodes free of {count(one.total_inodes or 0)}"
        found.append(Contradiction(f"the free inodes of {one.mountpoint}", words))
        one = replace(one, free_inodes=None, total_inodes=None)
    return one


def _is_more_free(free: int | None, total: int | None) -> bool:
    return free is not None and total is not None and free > total


def _tasks_problem(tasks: Tasks | None) -> Iterator[tuple[type, str]]:
    if tasks is None:
        return
    for part, whole, words in (
        (tasks.processes_read, tasks.threads, "processes, more than threads"),
        (tasks.zombies, tasks.processes, "zombies, more than processes"),
        (tasks.shims or 0, tasks.processes, "shims, more than processes"),
    ):
        if part > whole:
            yield Tasks, f"{count(part)} {words} ({count(whole)})"
            return


def _load_problem(load: Loadavg | None) -> Iterator[tuple[type, str]]:
    if load is not None and load.runnable > load.threads:
        yield Loadavg, f"{count(load.runnable)} runnable threads, more than threads ({count(load.threads)})"


def _sockets_problem(sockets: Sockets | None, whole: _Whole) -> Iterator[tuple[type, str]]:
    """Yield why no socket is believed: one of them, a pod, a process, an image or all hold more than there is.

    The kernel counts a cloned buffer in full, so together they may be above the slab, but not above all memory.
    """
    if sockets is None:
        return
    held: dict[tuple[str, str], int] = defaultdict(int)
    for one in sockets.sockets:
        for kind, name in (("pod", one.pod), ("process", one.pid), ("image", one.image)):
            if name is not None:
                held[kind, str(name)] += one.receive_queue_bytes
    most_bytes = max(
        [sockets.receive_queue_bytes, *held.values(), *(one.receive_queue_bytes for one in sockets.sockets)]
    )
    if most_bytes > whole.most_bytes:
        yield Sockets, _above("what is unread in sockets", most_bytes, whole.name, whole.most_bytes)


def _slab_problem(info: Slabinfo | None, whole: _Whole) -> Iterator[tuple[type, str]]:
    if info is None:
        return
    most_bytes = max([info.total_bytes, *map(_object_bytes, info.caches)])
    if most_bytes > whole.most_bytes:
        yield Slabinfo, _above("what slab caches hold", most_bytes, whole.name, whole.most_bytes)


def _object_bytes(cache: Cache) -> int:
    return max(cache.active_objects, cache.objects) * cache.object_bytes


def _above(part: str, part_bytes: int, whole: str, whole_bytes: int) -> str:
    # A number that no machine can have is not repeated: whoever reads it remembers the number and not that it is none.
    amount = f"{size(part_bytes)}, " if part_bytes <= LARGEST_BYTES else ""
    return f"{part} is {amount}more than {whole} {size(whole_bytes)}"
