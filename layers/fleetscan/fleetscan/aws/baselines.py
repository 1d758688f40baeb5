"""CPU credit baselines of burstable instance types, read from ``credit_baselines.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fleetscan.immutable import immutable


@immutable
class Baseline:
    """The CPU that one instance type may use without spending its balance."""

    earned_per_hour: float
    """CPU credits; one is a minute of one vCPU at 100%."""
    maximum_balance: float
    """Most credits it can hold: 24 hours of earnings."""
    cpus: int
    baseline_ratio: float
    """Baseline utilisation of each vCPU, paid by the earned credits (0.2 = 20%)."""


def baseline(instance_type: str) -> Baseline | None:
    """Return the baseline of a type; None if it is not burstable or not in the table."""
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
