"""What to do, as plain text: every distinct remedy once, its commands on lines of their own."""

from __future__ import annotations

from fleetscan.model import Report, Severity
from fleetscan.render import amounts, layout
from fleetscan.render.escape import name, printable
from fleetscan.render.remedy import Advice, advice, parts

_REMEDIES = 20
_NODES = 4
_COMMAND_CHARACTERS = 800


def actions(report: Report, *, verbose: bool = False) -> list[str]:
    """Return the remedies of all findings, the worst finding's first, and which nodes each is for.

    What is only for information waits for ``verbose`` while there is something to do.
    """
    every = advice(report)
    urgent = [entry for entry in every if entry.severity is not Severity.INFO]
    remedies = every if verbose or not urgent else urgent
    lines = []
    for number, entry in enumerate(remedies[:_REMEDIES], start=1):
        lines += _remedy(number, entry, with_nodes=len(report.diagnoses) > 1)
    if len(remedies) > _REMEDIES:
        lines.append(f"  and {amounts.count(len(remedies) - _REMEDIES, 'more remedy', 'more remedies')}: see --json")
    if waiting := len(every) - len(remedies):
        lines.append(f"  For information only: {amounts.count(waiting, 'more remedy', 'more remedies')}, see --verbose")
    return lines


def _remedy(number: int, entry: Advice, *, with_nodes: bool) -> list[str]:
    rules = ", ".join(name(rule) for rule in entry.rules)
    where = ""
    if with_nodes:
        more = len(entry.nodes) - _NODES
        where = " on " + ", ".join(entry.nodes[:_NODES]) + (f" and {more:,} more" if more > 0 else "")
    title = f"{printable(entry.title).rstrip('.')} [{rules}]{where}"
    lines = layout.paragraph(title, indent=f"{number:>3}. ", hanging="     ")
    for part in parts(entry.remedy):
        text = printable(part.text, _COMMAND_CHARACTERS)
        lines += layout.command(text, indent=" " * 9) if part.is_command else layout.paragraph(text, indent=" " * 5)
    return lines
