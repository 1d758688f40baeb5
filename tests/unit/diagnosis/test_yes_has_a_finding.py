"""Every "yes" of the investigation has a finding behind it: no healthy node is told what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.capture.procfs import host, kernel_log, loadavg, meminfo, pressure, slices, stat, vmstat
from fleetscan.capture.procfs import uptime as uptime_of
from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.diagnosis.investigation import HYPOTHESES, UNSUPPORTED, supported
from fleetscan.diagnosis.investigation.hypothesis import AnyHypothesis
from fleetscan.diagnosis.rules import RULES
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Node,
    Sample,
    Severity,
    Step,
    StepResult,
    Window,
)
from tests.fixtures.evaluated_nodes import finding

NODE = Node(instance_id="i-1", cluster="live")
ANSWERED = Coverage(status=CaptureStatus.ANSWERED, version=2)
TOTAL = 4_030_464
PERCENT = st.floats(0, 100).map(lambda value: round(value, 2))
LINES = st.sampled_from(
    [
        "",
        "oom_kill 60 oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=java,pid=4711,uid=0",
        "oom_kill 60 oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/kubepods.slice/pod1,task=java,pid=4711,uid=0",
        "tcp_memory 60 TCP: out of memory -- consider tuning tcp_mem",
    ]
)


@st.composite
def diagnoses(draw: st.DrawFn) -> Diagnosis:
    """Draw a node: any pressure on any resource, any share of the memory, of the CPUs and of swap."""

    def stalls(name: str) -> str:
        now, minute = draw(PERCENT), draw(PERCENT)
        return "\n".join(f"{name} {kind} avg10={now} avg60={minute} avg300=0.00 total=1" for kind in ("some", "full"))

    free, slab, anon = (draw(st.integers(0, TOTAL)) for _ in range(3))
    busy, of_pods = draw(st.integers(0, 1000)), draw(st.integers(0, 10_000_000))
    swapped = draw(st.integers(0, 20_000))
    load = draw(st.floats(0, 40).map(lambda value: round(value, 2)))
    first = Sample(
        [
            stat.parse("cpu 0 0 0 0 0 0 0 0"),
            vmstat.parse("pswpin 0\npswpout 0\npgmajfault 0\noom_kill 0"),
            slices.parse("kubepods.slice cpu_usec=0"),
        ]
    )
    last = Sample(
        [
            uptime_of.parse("1186401.52 0.00"),
            host.parse("kernel 6.1.141\ncpus 2\npage_bytes 4096"),
            stat.parse(f"cpu {busy} 0 0 {1000 - busy} 0 0 0 0"),
            vmstat.parse(f"pswpin {swapped}\npswpout {swapped}\npgmajfault {swapped}\noom_kill 1"),
            slices.parse(f"kubepods.slice memory_bytes=1 cpu_usec={of_pods}"),
            meminfo.parse(
                f"MemTotal: {TOTAL}\nMemFree: {free}\nMemAvailable: {free}\nAnonPages: {anon}\nSlab: {slab}\n"
                f"SUnreclaim: {slab}\nSwapTotal: 1073152\nSwapFree: 562176"
            ),
            pressure.parse("\n".join(map(stalls, ("memory", "cpu", "io")))),
            loadavg.parse(f"{load} {load} {load} 1/800 300"),
            kernel_log.parse(f"read lines=812 oldest_age_seconds=1186000\n{draw(LINES)}"),
        ]
    )
    return diagnose(NODE, Window(first=first, last=last, seconds=5.0), ANSWERED)


@settings(max_examples=150, deadline=None)
@given(diagnoses())
def test_a_yes_stands_on_a_finding(found: Diagnosis) -> None:
    """Of a rule that its hypothesis names, so a node with a "yes" has more to show than "no check found a problem"."""
    fired = {one.rule for one in found.findings}
    rules = {one.id: one.rules for one in HYPOTHESES}
    confirmed = [step for step in found.steps if step.verdict is StepResult.CONFIRMED]

    assert [step for step in confirmed if fired.isdisjoint(rules[step.hypothesis])] == []


@settings(max_examples=150, deadline=None)
@given(diagnoses())
def test_a_yes_stands_under_no_healthy_node(found: Diagnosis) -> None:
    """If all evidence was there and no rule found a problem, only information is confirmed.

    That is a container that reached its own memory limit.
    """
    seen = replace(
        found, unevaluated={}, findings=tuple(one for one in found.findings if one.rule != "evidence_incomplete")
    )
    informed = {one.rule for one in seen.findings if one.severity is Severity.INFO}
    rules = {one.id: one.rules for one in HYPOTHESES}
    confirmed = [step for step in seen.steps if step.verdict is StepResult.CONFIRMED]

    assert condition(seen) is not Condition.HEALTHY or all(
        not informed.isdisjoint(rules[step.hypothesis]) for step in confirmed
    )


@pytest.mark.parametrize("hypothesis", HYPOTHESES, ids=lambda one: one.id)
def test_a_yes_without_a_finding_is_told_as_no(hypothesis: AnyHypothesis) -> None:
    """With its numbers; the finding of a rule that has nothing to do with it is none."""
    step = Step(hypothesis=hypothesis.id, question="?", verdict=StepResult.CONFIRMED, evidence="io 97%")
    other = finding("zombies_many", Severity.CRITICAL)

    assert supported([step], [other]) == (
        replace(step, verdict=StepResult.RULED_OUT, evidence=f"io 97%; {UNSUPPORTED}"),
    )
    assert supported([step], [finding(hypothesis.rules[-1], Severity.INFO)]) == (step,)


def test_the_rules_that_hypotheses_name_are_in_the_catalogue() -> None:
    """A rule that was renamed would leave its hypothesis without any "yes"."""
    assert {name for one in HYPOTHESES for name in one.rules} <= {rule.id for rule in RULES}
