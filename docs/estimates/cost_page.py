"""docs/cost.md: what a month costs, written from the model."""

from __future__ import annotations

from collections.abc import Iterable

from docs.estimates import rivals, synthetic
from docs.estimates.bill import (
    BAD,
    CONCLUDE_MEGABYTES,
    HEALTHY,
    HISTORY_SECONDS,
    MEGABYTES,
    MOST_OF_ONE_FUNCTION,
    REPORT_DAYS,
    Bill,
    Month,
    bill,
)
from docs.estimates.prices import PriceList, load
from docs.estimates.workload import CALL_SECONDS, CPU_SECONDS_PER_NODE, PAGE_SECONDS, SHARD_NODES
from fleetscan.settings import Settings

SIZES = (5, 50, 500, 1_000, 5_000, 10_000, 50_000)
SCHEDULES = (5, 15)
MONTHS = (HEALTHY, BAD)
PROMISED_NODES, PROMISED_MINUTES, PROMISED_USD = 1_000, 5, 20.0
"""What the project promises: so many nodes, so often, for less than so much a month, all services included."""

_WHOLE_DOLLARS = 100

WRITTEN = "<!-- Written by docs/build.py from docs/estimates; edit that and run `make docs`. -->"


def page() -> str:
    """Return the page."""
    prices = load()
    return "\n".join(
        [
            "# What it costs",
            "",
            WRITTEN,
            "",
            (
                f"USD a month of 30 days, list prices of {prices.region} as of {prices.dated}, **without any free "
                "tier**."
            ),
            (
                "An estimate from the calls that the code makes; what is assumed and how sure each price is stands "
                "below."
            ),
            "",
            *_sizes(prices),
            *_promise(prices),
            *_services(prices),
            *_budget(prices),
            *_rivals(prices),
            *_assumptions(),
            *_prices(prices),
        ]
    )


def _sizes(prices: PriceList) -> Iterable[str]:
    yield "| nodes | " + " | ".join(f"every {m} min, {month.name} month" for m in SCHEDULES for month in MONTHS) + " |"
    yield "|--:|" + "--:|" * (len(SCHEDULES) * len(MONTHS))
    for nodes in SIZES:
        cells = (money(bill(prices, nodes, minutes, month).usd) for minutes in SCHEDULES for month in MONTHS)
        yield f"| {nodes:,} | {' | '.join(cells)} |"
    yield ""
    yield (
        f"A *bad* month: {BAD.critical_nodes} nodes are critical from its first day to its last, the CPU credits of "
        f"{BAD.credit_nodes} burstable nodes are in question all the time, and {BAD.messages} messages go out. "
        "Not in it: a node that hangs, for which the function waits a minute longer in each scan. "
        f"Above {MOST_OF_ONE_FUNCTION:,} nodes the bill is that of the [state machine](multi-account.md)."
    )
    yield ""


def _promise(prices: PriceList) -> Iterable[str]:
    worst = bill(prices, PROMISED_NODES, PROMISED_MINUTES, BAD)
    yield (
        f"**{PROMISED_NODES:,} nodes every {PROMISED_MINUTES} minutes in a bad month: {money(worst.usd)} USD**, "
        "of the "
        f"{PROMISED_USD:.0f} that it may cost, all services included. A test holds it to that, with room for a "
        "dashboard."
    )
    yield ""


def _services(prices: PriceList) -> Iterable[str]:
    yield f"## {PROMISED_NODES:,} nodes every {PROMISED_MINUTES} minutes, line by line"
    yield ""
    yield "| | units in a bad month | unit | USD, healthy | USD, bad |"
    yield "|---|--:|---|--:|--:|"
    bad, healthy = (_of(prices, month) for month in (BAD, HEALTHY))
    for line in bad.lines:
        units = f"{line.units:,.0f}" if line.units == round(line.units) else f"{line.units:,.3g}"
        yield f"| {line.what} | {units} | {line.unit} | {healthy.of(line.what):.2f} | {line.usd:.2f} |"
    yield f"| **all** | | | **{healthy.usd:.2f}** | **{bad.usd:.2f}** |"
    yield ""
    yield "Discovery (EC2, EKS), SSM Run Command on EC2 instances, and reading Kubernetes' API cost nothing."
    yield ""


def _of(prices: PriceList, month: Month) -> Bill:
    return bill(prices, PROMISED_NODES, PROMISED_MINUTES, month)


def _budget(prices: PriceList) -> Iterable[str]:
    wanted = Settings()
    always = bill(prices, PROMISED_NODES, PROMISED_MINUTES, BAD, Settings(credit_refresh_seconds=0))
    yield "## The budget of metric series"
    yield ""
    yield (
        "CloudWatch bills a metric series for every hour in which it gets a value, and nothing in this program "
        "could cost "
        "more: two series for each of 10,000 critical nodes are 5,000 USD a month. So `SeriesLimit` "
        f"(default {wanted.series_limit}) bounds the series of an hour, whatever is found: the series of the "
        "running hour "
        "are remembered in the table, those are published again, and new ones only while there is room. The "
        "totals that "
        "the alarms look at always get through; after them clusters, node groups, findings, single nodes (of "
        "those at "
        f"most `NodeSeriesLimit`, default {wanted.node_series_limit}, in a scan). What is left out is named in the "
        "report, "
        "which has every node anyway."
    )
    yield ""
    yield "| nodes | series without the budget, bad month | USD | series | USD |"
    yield "|--:|--:|--:|--:|--:|"
    for nodes in SIZES:
        one = bill(prices, nodes, PROMISED_MINUTES, BAD)
        free = prices.usd("metric_series", one.series_without_budget)
        yield (
            f"| {nodes:,} | {one.series_without_budget:,} | {money(free)} | {one.series:,} | "
            f"{money(prices.usd('metric_series', one.series))} |"
        )
    yield ""
    yield (
        "The bound holds for each hour, so for a month too: `SeriesLimit` times 0.30 USD. Without a table (no "
        "stack) it "
        "holds for each scan; where the table cannot be read, the same, and the report says so. Credits are bounded "
        f"likewise: `CreditNodeLimit` nodes ({wanted.credit_node_limit}), each asked for again after "
        f"`CreditRefreshSeconds` ({wanted.credit_refresh_seconds:,}); asked for in every scan, those of "
        f"{BAD.credit_nodes} nodes would cost "
        f"{money(always.of('CloudWatch, CPU credits'))} USD. The limits of disks that wait are paid from the same "
        "nodes: four metrics of the instance and three of a volume, in all at most half."
    )
    yield ""


def _rivals(prices: PriceList) -> Iterable[str]:
    yield "## Beside what is bought instead"
    yield ""
    yield (
        "| nodes | fleetscan, every 5 min, bad month | Container Insights with enhanced observability | of that, the "
        "nodes' own metrics alone | node-exporter with managed Prometheus |"
    )
    yield "|--:|--:|--:|--:|--:|"
    for nodes in SIZES:
        yield (
            f"| {nodes:,} | {money(bill(prices, nodes, PROMISED_MINUTES, BAD).usd)} | "
            f"{money(rivals.container_insights(prices, nodes))} | "
            f"{money(rivals.container_insights_nodes(prices, nodes))} | {money(rivals.prometheus(prices, nodes))} |"
        )
    yield ""
    yield (
        f"Assumed: {rivals.PODS_OF_A_NODE} pods of {rivals.CONTAINERS_OF_A_POD} containers on a node; "
        f"{rivals.OBSERVATIONS_OF_A_NODE} observations a minute of a node, {rivals.OBSERVATIONS_OF_A_POD} of a pod, "
        f"{rivals.OBSERVATIONS_OF_A_CONTAINER} of a container (remembered, not confirmed); "
        f"{rivals.SAMPLES_OF_A_SCRAPE:,} "
        f"series of node-exporter on a node, scraped every {rivals.SCRAPE_SECONDS} s, kept for 150 days, read by "
        f"{rivals.RULES} alert rules a minute. Not in it: the pods of an agent or exporter on every node, a "
        "collector, "
        "dashboards, logs. Both show more of more things; neither says which process holds a kernel's memory. "
        "They are no substitutes for each other, and the comparison is one of money alone."
    )
    yield ""


def _assumptions() -> Iterable[str]:
    yield "## Assumed"
    yield ""
    yield from (
        (
            f"- Clusters of {synthetic.NODES_OF_A_CLUSTER:,} nodes with {synthetic.GROUPS_OF_A_CLUSTER} node groups; "
            "a critical node has four findings. The series are counted by running `metrics.py` on such a fleet."
        ),
        (
            f"- One function of {MEGABYTES} MB up to {MOST_OF_ONE_FUNCTION:,} nodes; above, shards of {SHARD_NODES:,} "
            f"and a conclusion of {CONCLUDE_MEGABYTES:,} MB."
        ),
        (
            f"- A call takes {CALL_SECONDS} s, a page of 500 instances {PAGE_SECONDS} s, four of most at once; a node "
            f"takes {CPU_SECONDS_PER_NODE * 1000:.0f} ms of a whole core, as on the machine of "
            "[measurements](measurements.md): others differ, and `make bench-scale` prints it beside a reference."
        ),
        (
            f"- A quiet node's readings are written every {HISTORY_SECONDS // 60} minutes, a critical one's at every "
            "scan ([decision 0009](adr/0009-history-ring.md))."
        ),
        f"- A report of each scan is stored and kept for {REPORT_DAYS} days.",
        "- Alarms, dashboards and keys are counted in the templates.",
        (
            "- Data transfer is not in it: every call stays in its Region, the answers of 1,000 nodes are 2 MB, "
            "and traffic into Lambda is free."
        ),
        "",
    )


def _prices(prices: PriceList) -> Iterable[str]:
    yield "## Prices"
    yield ""
    yield "`docs/estimates/prices.toml`. *Read*: in AWS's own text. *Remembered*: look it up before you rely on it."
    yield ""
    yield "| service | USD | for one | how sure |"
    yield "|---|--:|---|---|"
    for price in prices.prices.values():
        tiers = ", then ".join(f"{usd:.12f}".rstrip("0").rstrip(".") or "0" for _, usd in price.tiers)
        yield f"| {price.service} | {tiers} | {price.unit} | {price.confidence}: {price.source} |"
    yield ""


def money(usd: float) -> str:
    """Return an amount as a table shows it: cents below 100, whole dollars above."""
    return f"{usd:,.2f}" if usd < _WHOLE_DOLLARS else f"{usd:,.0f}"
