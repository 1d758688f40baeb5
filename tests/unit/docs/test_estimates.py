"""The models behind docs/cost.md and docs/scale.md: strict about prices, and true to what the project promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.estimates import cost_page, scale_page
from docs.estimates.bill import BAD, HEALTHY, bill, published, stack
from docs.estimates.prices import Price, PriceList, load
from docs.estimates.scale_page import LAYOUTS, STATE_BYTES
from docs.estimates.workload import calls, seconds
from fleetscan.settings import Settings

PRICES = load()


def tiered(*tiers: tuple[float, float]) -> Price:
    """Return a price with these tiers."""
    return Price(service="s", unit="u", tiers=tiers, confidence="read", source="a page")


class TestPrices:
    """prices.toml."""

    @pytest.mark.parametrize(
        ("units", "expected"), [(0, 0.0), (10_000, 3_000.0), (20_000, 4_000.0), (1_250_000, 69_500.0)]
    )
    def test_each_tier_is_paid_for_its_own_units(self, units: float, expected: float) -> None:
        """Metrics: 0.30 for the first 10,000, 0.10 for the next 240,000, then 0.05, then 0.02."""
        assert expected == pytest.approx(PRICES.usd("metric_series", units))

    def test_a_model_that_went_wrong_does_not_give_money_back(self) -> None:
        """Negative units are an error."""
        with pytest.raises(ValueError, match="-1 units"):
            tiered((0, 1.0)).of(-1)

    @pytest.mark.parametrize(
        ("text", "raised"),
        [
            ('tiers = [[10, 1.0]]\nconfidence = "read"\nsource = "s"\nservice = "s"\nunit = "u"', ValueError),
            ('tiers = []\nconfidence = "read"\nsource = "s"\nservice = "s"\nunit = "u"', ValueError),
            ('tiers = [[0, 1.0]]\nconfidence = "sure"\nsource = "s"\nservice = "s"\nunit = "u"', ValueError),
            ('tiers = [[0, 1.0]]\nconfidence = "read"\nservice = "s"\nunit = "u"', ValueError),
        ],
    )
    def test_a_price_without_end_or_source_is_an_error(
        self, tmp_path: Path, text: str, raised: type[Exception]
    ) -> None:
        """As is a confidence that nobody knows."""
        file = tmp_path / "prices.toml"
        file.write_text(f'dated = 2026-11-26\nregion = "us-east-1"\n[one]\n{text}\n')

        with pytest.raises(raised):
            load(file)


class TestBill:
    """What fleetscan costs."""

    def test_1_000_nodes_every_five_minutes_stay_below_20_usd_in_a_bad_month(self) -> None:
        """All services, no free tier, and a dashboard on top where the templates have none yet."""
        worst = bill(PRICES, 1_000, 5, BAD)
        dashboard = 0.0 if stack(["template.yaml"]).dashboards else PRICES.usd("dashboard", 1)

        assert cost_page.PROMISED_USD == 20.0
        assert worst.usd + dashboard < cost_page.PROMISED_USD

    def test_ten_times_as_many_affected_nodes_cost_no_further_metrics(self) -> None:
        """The budget holds, whatever is found."""
        few, many = (published(1_000, affected, Settings(node_series_limit=500)) for affected in (10, 500))

        assert few.series == many.series == Settings().series_limit
        assert many.series_without_budget > 900

    def test_credits_read_in_every_scan_would_cost_more_than_all_the_rest(self) -> None:
        """That is why they are remembered for an hour."""
        always = bill(PRICES, 1_000, 5, BAD, Settings(credit_refresh_seconds=0)).of("CloudWatch, CPU credits")
        hourly = bill(PRICES, 1_000, 5, BAD).of("CloudWatch, CPU credits")

        assert (round(always, 2), round(hourly, 2)) == (17.28, 1.44)

    def test_a_sum_is_the_sum_of_its_lines(self) -> None:
        """And each line is named once."""
        found = bill(PRICES, 50_000, 15, HEALTHY)
        names = [line.what for line in found.lines]

        assert found.usd == pytest.approx(sum(line.usd for line in found.lines))
        assert len(names) == len(set(names))
        assert "Step Functions" in names

    def test_what_the_templates_make_is_counted_in_them(self) -> None:
        """Both stacks have alarms; the key is the first one's."""
        first, both = stack(["template.yaml"]), stack(["template.yaml", "fanout.yaml"])

        assert first.alarms >= 7
        assert both.alarms == first.alarms + 3
        assert (first.keys, both.keys) == (1, 1)


class TestWorkload:
    """Calls and times."""

    def test_send_and_collect_take_four_calls_for_a_hundred_nodes(self) -> None:
        """0.04 a node, and a poll or two for 2,500 nodes."""
        found = calls(10_000)

        assert found.send + found.list_invocations == 400
        assert (found.send + found.list_invocations + found.list_commands) / 10_000 < 0.05

    def test_a_shard_lists_the_whole_region(self) -> None:
        """No filter of EC2 knows shards."""
        assert calls(5_000, region_nodes=50_000).describe_instances == calls(50_000).describe_instances == 100

    def test_more_memory_is_more_cpu(self) -> None:
        """Up to one core: a scan has one thread."""
        assert seconds(5_000, megabytes=1_769) < seconds(5_000)
        assert seconds(5_000, megabytes=10_240) == seconds(5_000, megabytes=1_769)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_each_layout_of_50_000_nodes_fits_into_its_limits(layout: scale_page.Layout) -> None:
    """All nodes, in functions that end in time, with a state that fits, before the next scan begins."""
    assert layout.targets * layout.nodes_of_a_target == scale_page.NODES
    assert layout.item_seconds < scale_page.FUNCTION_SECONDS
    assert layout.state_bytes < STATE_BYTES
    assert layout.total_seconds < scale_page.SCHEDULE_MINUTES * 60


def test_the_page_names_each_price_with_how_sure_it_is() -> None:
    """Who pays wants to know what was looked up."""
    page = cost_page.page()
    prices: PriceList = PRICES

    assert [price.service for price in prices.prices.values() if f"| {price.service} |" not in page] == []
    assert "without any free tier" in page
