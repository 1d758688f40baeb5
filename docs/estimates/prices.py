"""Prices as dated data: ``prices.toml``, read strictly. A price that nobody looked up says so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from simulator.strict import understood

FILE = Path(__file__).with_name("prices.toml")

type Confidence = Literal["read", "third party", "remembered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one kind of thing costs."""

    service: str
    unit: str
    tiers: tuple[tuple[float, float], ...]
    """Up to so many units in a month, USD for each; 0 units is without end, and last."""
    confidence: Confidence
    source: str

    def of(self, units: float) -> float:
        """Return USD for so many units in one month. Negative units are a ValueError: a model went wrong."""
        if units < 0:
            raise ValueError(f"{self.service}: {units} units")
        total_usd, below = 0.0, 0.0
        for limit, usd in self.tiers:
            top = units if limit == 0 else min(units, limit)
            total_usd += max(0.0, top - below) * usd
            below = max(below, top)
        return total_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """All prices, of one day and Region."""

    dated: date
    region: str
    prices: Mapping[str, Price]

    def usd(self, name: str, units: float) -> float:
        """Return USD for so many units in a month; KeyError for a price that is not in the list."""
        return self.prices[name].of(units)


def load(file: Path = FILE) -> PriceList:
    """Read the list; an unknown key or a price without an end is an error."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    dated, region = document.pop("dated"), document.pop("region")
    prices = {name: understood(entry, Price) for name, entry in document.items()}
    for name, price in prices.items():
        if not price.tiers or price.tiers[-1][0] != 0 or [limit for limit, _ in price.tiers[:-1] if limit <= 0]:
            raise ValueError(f"{file.name}: the tiers of {name} have no end")
    return PriceList(dated=dated, region=region, prices=prices)
