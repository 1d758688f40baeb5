"""An accelerator failed: the driver of an NVIDIA GPU, of AWS Neuron or of an AMD GPU reported an error.

What it means: NVIDIA's driver numbers its errors (Xid). Those that are called fatal here need at least a reset of the
GPU: 48 double bit error, 64 failed row remapping, 74 NVLink, 79 fallen off the bus, 95 uncontained memory error,
119 and 120 of its own processor, and others. 63, 92 and 94 are memory that begins to fail. 13, 31, 43, 45 and 69 are
mostly an error of the program that uses it.

Why it hurts: jobs on this accelerator fail or hang, and a scheduler that does not know it places the next one there.

What to do: after a fatal error drain the node and replace it: what is scheduled there again would fail again. After an
error of the program look at the pod that ran on the GPU.

Source: NVIDIA, Xid errors and their catalogue (docs.nvidia.com/deploy/xid-errors); eks-node-monitoring-agent's
NvidiaXIDError, NvidiaXIDWarning, NvidiaNCCLError and Neuron errors.
"""

from __future__ import annotations

import re

from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.kernel_events import in_a_day, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window

_XID = re.compile(r"^NVRM: Xid \([^)]{1,40}\): ([0-9]{1,4}),")
_OF_THE_PROGRAM = frozenset({13, 31, 43, 45, 69})
"""The program that uses the GPU has to be restarted, not the GPU (NVIDIA's catalogue: RESTART_APP)."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_fatal_total: int = 1
    """Fatal errors in 24 hours (eks-node-monitoring-agent NvidiaXIDError)."""
    warning_other_total: int = 1
    """Other errors in 24 hours (eks-node-monitoring-agent NvidiaXIDWarning)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for errors of accelerators in the kernel log's last 24 hours, the fatal ones first."""
    events = recent_events(window, "accelerator_error", "accelerator_warning")
    for severity, least, found in (
        (Severity.CRITICAL, limits.critical_fatal_total, [one for one in events if one.kind == "accelerator_error"]),
        (Severity.WARNING, limits.warning_other_total, [one for one in events if _is_warning(one)]),
        (Severity.INFO, 1, [one for one in events if _is_of_the_program(one)]),
    ):
        if found and (total := lines_in_a_day(window, found)) >= least:
            return Evidence(severity=severity, text=in_a_day(window, found), measured=float(total), limit=float(least))
    return None


def _is_of_the_program(event: KernelEvent) -> bool:
    xid = _XID.search(event.text)
    return xid is not None and int(xid[1]) in _OF_THE_PROGRAM


def _is_warning(event: KernelEvent) -> bool:
    return event.kind == "accelerator_warning" and not _is_of_the_program(event)


RULE = Rule(
    id="accelerator_error",
    severity=Severity.CRITICAL,
    title="Accelerator error (GPU, Neuron)",
    remedy=(
        "    nvidia-smi -q -d ECC,ROW_REMAPPER\n"
        "Shows, on the node, the state of each GPU; of Neuron devices neuron-ls and neuron-top do.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
