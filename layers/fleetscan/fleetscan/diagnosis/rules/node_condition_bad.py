"""A condition of the Node other than Ready reports a problem.

What it means: the kubelet, the network plugin, the node monitoring agent of EKS or node-problem-detector has set a
condition of the Node to the status that means a problem. `MemoryPressure`, `DiskPressure`, `PIDPressure`,
`NetworkUnavailable` and those of node-problem-detector are bad where they are True; those of the node monitoring agent,
such as `NetworkingReady`, where they are False.

Why it hurts: Ready may be True all the while. Under pressure the kubelet evicts pods and the scheduler avoids the node;
where a condition of the node monitoring agent is False, EKS reboots or replaces the node after 10 to 30 minutes if node
auto repair is on.

What to do: the condition's reason and message say what its author saw; the other findings of the node show why.
A condition that node-problem-detector read in a log stays set until the detector restarts, whatever happened since.

Source: kubernetes-mixin's KubeNodePressure (10 minutes); eks-node-monitoring-agent, `pkg/reasons/reasons.yaml`;
node-problem-detector, `config/`. Which status is bad, and how bad, is in `diagnosis/knowledge/node_conditions.toml`. A
condition that is not in that list is information at most, and only where its name says which status is bad. Needs
access to the Kubernetes API.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleetscan.diagnosis.knowledge.node_conditions import hinted_bad, node_conditions
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import Condition, NodeView, Status
from fleetscan.quantities import counted, duration

READY = "Ready"
"""Evaluated by node_not_ready."""

SHOWN = 3
"""So many conditions are quoted, the worst first; the others are counted."""

SHOWN_CHARACTERS = 160
"""Of the reason and message of each: the node monitoring agent appends one message to the other."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_seconds: int = 10 * 60
    """From this age on a lost service is critical (kubernetes-mixin, KubeNodePressure; EKS repairs accelerated hardware
    after 10 minutes): a network plugin needs a minute to start, and a warning comes at once."""
    stale_seconds: int = 60 * 60
    """A condition that was not confirmed for so long is information: what set it may have been removed. Kubelet, node
    monitoring agent and node-problem-detector confirm theirs every 5 minutes [inference: twelve times that]."""


DEFAULTS = Limits()


@immutable(kw_only=False)
class _Bad:
    """One condition that reports a problem."""

    condition: Condition
    severity: Severity
    means: str


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Read every condition but Ready, by the polarity of each."""
    view = window.last[NodeView]
    others = [one for one in view.conditions if one.kind != READY]
    if not others:
        raise AbsentError("the node reports no condition but Ready")
    bad = sorted(_bad(view, others, limits), key=lambda one: -one.severity.rank)
    if not bad:
        return None
    more = f"; and {counted(len(bad) - SHOWN, 'more condition')}" if len(bad) > SHOWN else ""
    return Evidence(
        severity=bad[0].severity,
        text="; ".join(_words(one, view) for one in bad[:SHOWN]) + more,
        # Their number: another condition is worse, the same one an hour later is not.
        measured=float(len([one for one in bad if one.severity is bad[0].severity])),
        limit=1.0,
    )


def _bad(view: NodeView, conditions: list[Condition], limits: Limits) -> Iterator[_Bad]:
    ready = view.condition(READY)
    # Without a heartbeat the node controller sets what the kubelet reports to Unknown: node_not_ready reports that.
    is_silent = ready is not None and ready.status is Status.UNKNOWN
    for one in conditions:
        known = node_conditions().get(one.kind)
        worst = known.bad if known else hinted_bad(one.kind)
        if one.status is Status.UNKNOWN:
            if worst is not None and not is_silent:
                yield _Bad(one, Severity.INFO, "its state is unknown")
        elif one.status is not worst:
            continue
        elif known is None:
            yield _Bad(one, Severity.INFO, "by its name a problem")
        elif known.is_confirmed and (silent_seconds := _seconds(view, one.heard_at)) >= limits.stale_seconds:
            yield _Bad(one, Severity.INFO, f"not confirmed for {duration(silent_seconds)}, so it may be over")
        else:
            is_lasting = _seconds(view, one.since) >= limits.critical_seconds
            yield _Bad(one, known.severity if is_lasting else Severity.WARNING, known.means)


def _seconds(view: NodeView, moment: datetime | None) -> float:
    """Return how long ago something was; 0 where that is unknown."""
    return 0.0 if moment is None else max((view.at - moment).total_seconds(), 0.0)


def _words(one: _Bad, view: NodeView) -> str:
    bad = one.condition
    since = f" since {bad.since:%H:%M:%S} UTC, for {duration(_seconds(view, bad.since))}" if bad.since else ""
    said = ": ".join(word for word in (bad.reason, bad.message) if word)[:SHOWN_CHARACTERS]
    return f"{bad.kind} is {bad.status}{since}{f' ({said})' if said else ''}: {one.means}"


RULE = Rule(
    id="node_condition_bad",
    severity=Severity.CRITICAL,
    title="Node condition reports a problem",
    remedy=(
        "    kubectl describe node NODE\n"
        "Shows the conditions with their messages, and the events of the node that led to them.\n"
        "    kubectl cordon NODE\n"
        "Keeps new pods off the node while you look. Replace the node if the condition does not clear."
    ),
    limits=DEFAULTS,
    check=check,
    lasts=timedelta(minutes=15),
)
