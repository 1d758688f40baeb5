# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""Draw docs/images/architecture.svg: what runs where, what goes between, and the trust boundaries.

    .venv/bin/python docs/architecture_picture.py

The picture is the three tables below, on a grid of pixels. A test draws it again and compares.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

PICTURE = Path(__file__).parent / "images" / "architecture.svg"
WIDTH, HEIGHT = 1120, 760


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the world with one kind of trust."""

    title: str
    x: int
    y: int
    width: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class Box:
    """Something that runs or keeps; ``lines`` are its name and what is said of it."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """What goes from one point to the next ones; its words stand at a point of their own, on paper."""

    points: tuple[tuple[int, int], ...]
    words: str = ""
    at: tuple[int, int] = (0, 0)
    is_dashed: bool = False


ZONES = (
    Zone("worker nodes: untrusted input", 20, 20, 700, 170, "hostile"),
    Zone("clusters (optional): untrusted input", 750, 20, 350, 170, "hostile"),
    Zone("the stack: one account, one Region", 20, 230, 1080, 366, "stack"),
    Zone("people", 20, 630, 1080, 112, "people"),
)

BOXES = (
    Box(40, 58, 150, 112, "node", ("SSM agent", "runs one fixed", "document, as root,", "read only")),
    Box(
        215,
        58,
        215,
        112,
        "node",
        ("collect.sh", "two samples of /proc, 5 s apart", "2,400 characters; detail", "where it sees a trigger"),
    ),
    Box(
        455,
        58,
        245,
        112,
        "node",
        (
            "kernel, kubelet, pods",
            "slab, sockets, pressure, memory,",
            "control groups, kernel log",
            "names that anybody may choose",
        ),
    ),
    Box(
        770,
        58,
        310,
        112,
        "node",
        (
            "Kubernetes API",
            "conditions, events, pods, DaemonSets:",
            "read, with rights of its own;",
            "a scan works without it",
        ),
    ),
    Box(40, 268, 150, 66, "service", ("Scheduler", "every 5 minutes")),
    Box(40, 356, 150, 66, "service", ("EC2, EKS, SSM", "which workers exist")),
    Box(40, 444, 150, 66, "service", ("CloudWatch", "CPU credits,", "on suspicion")),
    Box(40, 522, 150, 56, "service", ("SQS", "scans given up")),
    Box(
        235,
        268,
        600,
        310,
        "function",
        ("scan function (Lambda)", "AWS at both ends, values between"),
    ),
    Box(255, 330, 165, 62, "edge", ("discover", "aws/", "→ Node")),
    Box(455, 330, 165, 62, "edge", ("collect", "aws/run_command", "→ Capture, text")),
    Box(655, 330, 165, 62, "pure", ("read", "capture", "→ Window")),
    Box(655, 412, 165, 62, "pure", ("diagnose", "diagnosis", "→ Diagnosis, one node")),
    Box(455, 412, 165, 62, "pure", ("compare", "fleet, incidents", "→ cause, history")),
    Box(255, 412, 165, 62, "pure", ("render", "scan, render", "→ metrics, text")),
    Box(
        255,
        494,
        565,
        66,
        "edge",
        (
            "publish",
            "metrics, then one message of what changed, then history;",
            "one that fails does not stop the others",
        ),
    ),
    Box(880, 268, 200, 56, "store", ("DynamoDB", "readings, history, mutes")),
    Box(880, 334, 200, 56, "store", ("S3", "whole reports, encrypted")),
    Box(880, 400, 200, 56, "service", ("CloudWatch", "metrics, alarms, dashboard")),
    Box(880, 466, 200, 56, "service", ("SNS", "messages, alarms")),
    Box(880, 532, 95, 50, "function", ("widget", "Lambda")),
    Box(985, 532, 95, 50, "function", ("slack", "Lambda")),
    Box(40, 666, 225, 60, "person", ("terminal", "fleetscan scan, report, explain")),
    Box(290, 666, 225, 60, "person", ("review", "deploys; may edit the document")),
    Box(540, 666, 165, 60, "person", ("mail", "on call")),
    Box(730, 666, 165, 60, "person", ("dashboard", "drill-down to a node")),
    Box(920, 666, 160, 60, "person", ("Slack, chats", "one thread a finding")),
)

ARROWS = (
    Arrow(((190, 301), (235, 301))),
    Arrow(((190, 389), (222, 389), (222, 361), (255, 361))),
    Arrow(((190, 477), (222, 477), (222, 443), (235, 443))),
    Arrow(((235, 550), (190, 550))),
    Arrow(((420, 361), (455, 361))),
    Arrow(((620, 361), (655, 361))),
    Arrow(((737, 392), (737, 412))),
    Arrow(((655, 443), (620, 443))),
    Arrow(((455, 443), (420, 443))),
    Arrow(((337, 474), (337, 494))),
    Arrow(
        ((505, 330), (505, 216), (115, 216), (115, 170)), "SendCommand: no parameters, tagged workers only", (310, 216)
    ),
    Arrow(((322, 170), (322, 200), (570, 200), (570, 330)), "captures", (510, 200)),
    Arrow(((215, 114), (190, 114))),
    Arrow(((455, 114), (430, 114))),
    Arrow(((925, 170), (925, 215), (800, 215), (800, 268)), "bounded, read only", (862, 215), is_dashed=True),
    Arrow(((835, 296), (880, 296))),
    Arrow(((880, 310), (835, 310))),
    Arrow(((820, 527), (850, 527), (850, 494), (880, 494))),
    Arrow(((850, 494), (850, 428), (880, 428))),
    Arrow(((850, 428), (850, 362), (880, 362))),
    Arrow(((927, 456), (927, 466))),
    Arrow(((1032, 522), (1032, 532))),
    Arrow(((1032, 582), (1032, 666)), is_dashed=True),
    Arrow(((927, 582), (927, 610), (812, 610), (812, 666)), is_dashed=True),
    Arrow(((880, 510), (866, 510), (866, 618), (622, 618), (622, 666)), is_dashed=True),
    Arrow(((152, 666), (152, 612), (240, 612), (240, 578)), "the same pipeline, with your rights", (365, 612)),
)

STYLE = """\
text { font: 13px ui-sans-serif, "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; fill: #1a1e24; }
.name { font-weight: 600; } .words { font-size: 12px; fill: #4b5560; }
.zone { font-size: 12px; font-weight: 600; fill: #4b5560; }
rect { stroke-width: 1.2; } .paper { fill: #ffffff; stroke: none; }
.zone-hostile { fill: #fdf3f2; stroke: #b3261e; stroke-dasharray: 6 4; }
.zone-stack { fill: #f5f7fa; stroke: #8a949f; } .zone-people { fill: #f4f8f4; stroke: #8a949f; stroke-dasharray: 6 4; }
.node { fill: #ffffff; stroke: #b3261e; } .service, .store { fill: #ffffff; stroke: #8a949f; }
.person { fill: #ffffff; stroke: #1a6b3c; } .function { fill: #eaf1fc; stroke: #2457a8; }
.edge { fill: #ffffff; stroke: #2457a8; } .pure { fill: #e8f4ec; stroke: #1a6b3c; }
path { fill: none; stroke: #4b5560; stroke-width: 1.5; marker-end: url(#head); } .dashed { stroke-dasharray: 5 4; }
"""
HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<polygon points="0,0 8,4 0,8" fill="#4b5560"/></marker></defs>'
)
"""An arrow's."""


def picture() -> str:
    """Return the whole SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>fleetscan: what runs where, what goes between, and the trust boundaries</title>",
        f"<style>{STYLE}</style>",
        HEAD,
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        *(_zone(zone) for zone in ZONES),
        *(_box(box) for box in BOXES),
        *(_arrow(arrow) for arrow in ARROWS),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _zone(zone: Zone) -> str:
    title = f'<text class="zone" x="{zone.x + 14}" y="{zone.y + 22}">{escape(zone.title)}</text>'
    return _frame(zone, f"zone-{zone.kind}", corner=10) + title


def _box(box: Box) -> str:
    lines = [
        f'<text class="{"words" if number else "name"}" x="{box.x + 12}" y="{box.y + 21 + 17 * number}">'
        f"{escape(words)}</text>"
        for number, words in enumerate(box.lines)
    ]
    return _frame(box, box.kind, corner=6) + "".join(lines)


def _frame(of: Zone | Box, style: str, *, corner: int) -> str:
    place = f'x="{of.x}" y="{of.y}" width="{of.width}" height="{of.height}"'
    return f'<rect class="{style}" {place} rx="{corner}"/>'


def _arrow(arrow: Arrow) -> str:
    route = " L".join(f"{x},{y}" for x, y in arrow.points)
    line = f'<path d="M{route}"{' class="dashed"' if arrow.is_dashed else ""}/>'
    if not arrow.words:
        return line
    x, y = arrow.at
    half = len(arrow.words) * 3.3 + 8
    ground = f'<rect class="paper" x="{x - half:.0f}" y="{y - 9}" width="{2 * half:.0f}" height="18" rx="4"/>'
    return f'{line}{ground}<text class="words" x="{x}" y="{y + 4}" text-anchor="middle">{escape(arrow.words)}</text>'


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
    sys.stdout.write(f"wrote {PICTURE}\n")


if __name__ == "__main__":
    main()
