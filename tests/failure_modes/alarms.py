"""The alarms of the stack as the template defines them, and what each says to recorded datapoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, lt
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).parents[2]

type State = Literal["OK", "ALARM"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Datapoint:
    """One value of a metric."""

    at: float
    name: str
    value: float


class _Loader(yaml.CSafeLoader):
    """YAML in which ``!Ref x`` is the default of the parameter x, and other short functions are their argument."""


def _short(loader: _Loader, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML has any type
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short)
_TEMPLATE: Mapping[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506 - a SafeLoader

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": ge,
    "LessThanThreshold": lt,
}


def state(alarm: str, datapoints: Iterable[Datapoint], *, at: float) -> State:
    """Return what an alarm says at a time: of the window that ends then, as CloudWatch evaluates one period."""
    definition = {name: _value(given) for name, given in _TEMPLATE["Resources"][f"{alarm}Alarm"]["Properties"].items()}
    assert definition["EvaluationPeriods"] == 1, "more than one period is not understood here"
    window = float(definition["Period"])
    found = [one.value for one in datapoints if one.name == definition["MetricName"] and at - window < one.at <= at]
    if not found:
        return "ALARM" if definition["TreatMissingData"] == "breaching" else "OK"
    value = _STATISTICS[definition["Statistic"]](found)
    return "ALARM" if _OPERATORS[definition["ComparisonOperator"]](value, float(definition["Threshold"])) else "OK"


def window_seconds() -> float:
    """Return how long the alarms look back."""
    return float(_TEMPLATE["Parameters"]["AlarmWindowSeconds"]["Default"])


def _value(given: Any) -> Any:  # noqa: ANN401 - a property has any type
    if isinstance(given, dict) and given.get("Ref") in _TEMPLATE["Parameters"]:
        return _TEMPLATE["Parameters"][given["Ref"]].get("Default")
    return given
