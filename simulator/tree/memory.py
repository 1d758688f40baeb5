"""Memory of a node: /proc/meminfo, and the counters of /proc/vmstat and /proc/pressure.

    MemTotal:        4030464 kB
    pswpin 1992741
    some avg10=98.98 avg60=98.90 avg300=98.38 total=3619140281

Fields that the fleet's data do not give are derived so that the terms of the ledger add up to about MemTotal.
"""

from __future__ import annotations

from simulator.fleet import FleetNode

KIB_PER_MIB = 1024
PAGES_PER_MIB = 256
_SECONDS_PER_DAY = 86_400
_MICROSECONDS = 1_000_000
_COUNTED_DAYS = 1.5
"""For how long the recorded rates have lasted: what makes a counter's absolute value."""


def meminfo(node: FleetNode) -> str:
    """Return /proc/meminfo as a 6.1 kernel writes it."""
    memory = node.memory
    swapped = memory.swap_total_mib - memory.swap_free_mib
    swap_cached = min(swapped // 12, 40)
    buffers = 4
    shared = max(memory.cached_mib // 60, 2)
    files = memory.cached_mib - swap_cached - shared
    anon = memory.anon_mib + shared + swap_cached
    fields_mib: dict[str, float] = {
        "MemTotal": memory.total_mib,
        "MemFree": memory.free_mib,
        "MemAvailable": memory.available_mib,
        "Buffers": buffers,
        "Cached": memory.cached_mib - buffers - swap_cached,
        "SwapCached": swap_cached,
        "Active": anon * 0.42 + files * 0.38,
        "Inactive": anon * 0.58 + files * 0.62,
        "Active(anon)": anon * 0.42,
        "Inactive(anon)": anon * 0.58,
        "Active(file)": files * 0.38,
        "Inactive(file)": files * 0.62,
        "Unevictable": 15.1,
        "Mlocked": 15.1,
        "SwapTotal": memory.swap_total_mib,
        "SwapFree": memory.swap_free_mib,
        "Zswap": 0,
        "Zswapped": 0,
        "Dirty": 0.6,
        "Writeback": 0,
        "AnonPages": memory.anon_mib,
        "Mapped": files * 0.31,
        "Shmem": shared,
        "KReclaimable": memory.reclaimable_mib,
        "Slab": memory.reclaimable_mib + memory.unreclaimable_mib,
        "SReclaimable": memory.reclaimable_mib,
        "SUnreclaim": memory.unreclaimable_mib,
        "KernelStack": 5.5 + node.cpus * 1.2,
        "PageTables": memory.page_tables_mib,
        "SecPageTables": 0,
        "NFS_Unstable": 0,
        "Bounce": 0,
        "WritebackTmp": 0,
        "CommitLimit": memory.total_mib / 2 + memory.swap_total_mib,
        "Committed_AS": memory.committed_mib,
        "VmallocTotal": 33_554_431.999,
        "VmallocUsed": 22 + node.cpus,
        "VmallocChunk": 0,
        "Percpu": 2.4 * node.cpus,
        "HardwareCorrupted": 0,
        "AnonHugePages": 0,
        "ShmemHugePages": 0,
        "ShmemPmdMapped": 0,
        "FileHugePages": 0,
        "FilePmdMapped": 0,
    }
    lines = [f"{name + ':':<16}{round(mib * KIB_PER_MIB):>8} kB\n" for name, mib in fields_mib.items()]
    lines += [f"HugePages_{name + ':':<9}{0:>5}\n" for name in ("Total", "Free", "Rsvd", "Surp")]
    lines += [f"{name + ':':<16}{kib:>8} kB\n" for name, kib in (("Hugepagesize", 2048), ("Hugetlb", 0))]
    mapped_kib = memory.total_mib * KIB_PER_MIB
    lines += [f"DirectMap4k:    {212_992:>8} kB\n", f"DirectMap2M:    {mapped_kib - 212_992:>8} kB\n"]
    return "".join(lines)


def vmstat(node: FleetNode, seconds_ago: float) -> str:
    """Return /proc/vmstat as it was so many seconds before the last sample."""
    memory, rates = node.memory, node.per_second
    lasted = min(node.uptime_days, _COUNTED_DAYS) * _SECONDS_PER_DAY - seconds_ago
    fields = {
        "nr_free_pages": memory.free_mib * PAGES_PER_MIB,
        "nr_zone_inactive_anon": round(memory.anon_mib * 0.58 * PAGES_PER_MIB),
        "nr_zone_active_anon": round(memory.anon_mib * 0.42 * PAGES_PER_MIB),
        "nr_mlock": 3866,
        "nr_slab_reclaimable": memory.reclaimable_mib * PAGES_PER_MIB,
        "nr_slab_unreclaimable": memory.unreclaimable_mib * PAGES_PER_MIB,
        "workingset_refault_anon": round(rates.pswpin * lasted * 0.9),
        "workingset_refault_file": round(rates.pgmajfault * lasted * 2.1),
        "nr_anon_pages": memory.anon_mib * PAGES_PER_MIB,
        "nr_file_pages": memory.cached_mib * PAGES_PER_MIB,
        "pgpgin": round((rates.pswpin * 4 + 96) * lasted),
        "pgpgout": round((rates.pswpout * 4 + 180) * lasted),
        "pswpin": round(rates.pswpin * lasted),
        "pswpout": round(rates.pswpout * lasted),
        "pgfault": round(2_100 * lasted),
        "pgmajfault": 41_207 + round(rates.pgmajfault * lasted),
        "pgsteal_kswapd": round(rates.pgscan_kswapd * 0.31 * lasted),
        "pgsteal_direct": round(rates.pgscan_direct * 0.22 * lasted),
        "pgscan_kswapd": round(rates.pgscan_kswapd * lasted),
        "pgscan_direct": round(rates.pgscan_direct * lasted),
        "pgscan_direct_throttle": 0,
        "allocstall_normal": round(rates.pgscan_direct * 0.01 * lasted),
        "oom_kill": 0,
        "compact_stall": 0,
    }
    return "".join(f"{name} {value}\n" for name, value in fields.items())


def pressures(node: FleetNode, seconds_ago: float) -> dict[str, str]:
    """Return resource -> /proc/pressure file as it was so many seconds before the last sample."""
    pressure = node.pressure
    never = (0.0, 0.0, 0.0)
    files = {
        "cpu": {"some": pressure.cpu_some, "full": never},
        "memory": {"some": pressure.memory_some, "full": pressure.memory_full},
        "io": {"some": pressure.io_some, "full": pressure.io_full},
    }
    lasted = min(node.uptime_days, _COUNTED_DAYS) * _SECONDS_PER_DAY - seconds_ago
    return {
        resource: "".join(
            f"{kind} avg10={averages[0]:.2f} avg60={averages[1]:.2f} avg300={averages[2]:.2f}"
            f" total={round(averages[0] / 100 * lasted * _MICROSECONDS)}\n"
            for kind, averages in lines.items()
        )
        for resource, lines in files.items()
    }
