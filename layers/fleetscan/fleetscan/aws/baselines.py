"""What a burstable instance type earns: the typed reader of ``credit_baselines.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fleetscan.immutable import immutable


@immutable
class Baseline:
    """What one instance type may use for ever."""

    earned_per_hour: float
    """CPU credits; one is a minute of one vCPU at 100 %."""
    maximum_balance: float
    """Most credits it can hold: 24 hours of earnings."""
    cpus: int
    baseline_ratio: float
    """Share of each vCPU, and so of all of them, that its earnings pay for (0.2 = 20 %)."""


def baseline(instance_type: str) -> Baseline | None:
    """Return what the type earns; None for one that is not burstable or that the table does not know."""
    return table().get(instance_type)


@cache
def table() -> Mapping[str, Baseline]:
    """Return instance type -> baseline; read from the package once."""
    data = tomllib.loads(files("fleetscan.aws").joinpath("credit_baselines.toml").read_text(encoding="utf-8"))
    families = data["families"] | {family: data["families"][like] for family, like in data["same_as"].items()}
    return {
        f"{family}.{size}": Baseline(
            earned_per_hour=float(figures["earned_per_hour"]),
            maximum_balance=float(figures["maximum_balance"]),
            cpus=int(figures["cpus"]),
            baseline_ratio=float(figures["baseline_percent"]) / 100,
        )
        for family, sizes in families.items()
        for size, figures in sizes.items()
    }
