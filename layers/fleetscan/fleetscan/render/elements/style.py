"""The style sheet of the HTML report: system fonts, two themes, telephone, paper, and no movement.

The order is that of the page. Classes that only colour are the names of ``palette``.
"""

from __future__ import annotations

from fleetscan.render.elements.palette import DARK, LIGHT, variables

_PARTS = (
    "pods", "system", "shared", "cache", "slab-1", "slab-2", "slab-3", "slab", "reclaimable", "kernel", "pool",
    "unaccounted",
)  # fmt: skip
"""Parts of a bar that have a colour and nothing else."""

_PAGE = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 25px; line-height: 1.28; margin: 6px 0 10px; letter-spacing: -0.012em; text-wrap: balance; }
h2 { font-size: 19px; line-height: 1.3; margin: 40px 0 12px; letter-spacing: -0.006em; }
h3 { font-size: 15px; line-height: 1.4; margin: 0 0 2px; }
section > h3 { margin: 22px 0 8px; }
h4 { font-size: 13px; margin: 0 0 8px; font-weight: 600; }
h4 .soft { font-weight: 400; }
p { margin: 0 0 8px; }
p:last-child { margin-bottom: 0; }
ul, ol { margin: 0; padding: 0; list-style: none; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.soft { color: var(--soft); }
.small, small { font-size: 13px; }
.eyebrow { color: var(--soft); font-size: 13px; margin: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 12px;
}
.headline { border-left: 5px solid var(--tone); }
header.headline { padding: 20px 22px; }
header.headline > p { max-width: 92ch; }
.critical { --tone: var(--critical); --tint: var(--critical-tint); }
.warning { --tone: var(--warning); --tint: var(--warning-tint); }
.info { --tone: var(--info); --tint: var(--info-tint); }
.ok { --tone: var(--ok); --tint: var(--ok-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.label {
  display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 12.5px; font-weight: 600;
  color: var(--tone); background: var(--tint); white-space: nowrap;
}
.rule, code { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.rule { color: var(--soft); font-weight: 400; }
pre {
  background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: 9px 12px;
  margin: 6px 0 10px; white-space: pre-wrap;
}
.plain > li { padding: 3px 0 3px 14px; text-indent: -14px; }
.plain > li::before { content: "\\2013"; display: inline-block; width: 14px; text-indent: 0; color: var(--soft); }
footer { margin-top: 40px; color: var(--soft); font-size: 13px; }
"""

_MAP = """
.map { margin-top: 16px; padding-top: 14px; border-top: 1px solid var(--line); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: center; }
.map .key { margin-bottom: 12px; font-size: 14px; }
.mark {
  display: inline-block; width: 19px; height: 19px; border-radius: 3px; font-size: 12px; line-height: 19px;
  font-weight: 700; font-style: normal; text-align: center; flex: none; color: var(--card); background: var(--tone);
}
.mark.failing { outline: 2px solid var(--tone); outline-offset: 2px; margin: 0 4px; }
.named .mark { margin: 0 3px; }
.mark.warning {
  border-radius: 10px; color: var(--tone); background: var(--tint); box-shadow: inset 0 0 0 1.5px var(--tone);
}
.mark.ok { border-radius: 50%; color: var(--tone); background: var(--tint); }
.mark.unknown { color: var(--tone); background: none; border: 1.5px dashed var(--tone); line-height: 16px; }
.tiles { display: flex; flex-wrap: wrap; gap: 5px; }
.tiles:not(.named) .mark { display: block; margin: 0; }
.tiles:not(.named) .failing { outline-width: 1.5px; outline-offset: 1px; }
.tiles.named { display: grid; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr)); gap: 6px; }
.rest { margin-top: 5px; }
.tiles a { text-decoration: none; display: block; }
.tiles.named a { height: 100%; }
.tile { position: relative; display: block; }
.named .tile {
  display: flex; gap: 8px; align-items: center; height: 100%; padding: 6px 8px; border-radius: 6px; font-size: 13px;
  line-height: 1.3; background: var(--tint); border: 1px solid transparent;
}
.named .tile.ok, .named .tile.unknown { background: none; border-color: var(--line); }
.named .tile small { display: block; font-size: 12px; color: var(--tone); }
.named a:hover .tile { border-color: var(--tone); }
.dots { display: flex; flex-wrap: wrap; gap: 2px; margin-top: 10px; }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: var(--ok); }
"""

_PLOTS = """
svg { display: block; }
rect { height: 100%; }
.bar { width: 100%; height: 30px; border-radius: 4px; background: var(--free); }
.bar rect { stroke: var(--card); stroke-width: 1.5px; }
.slim { height: 10px; border-radius: 3px; }
.slim rect { stroke-width: 1px; }
.gauge { width: 100%; height: 8px; border-radius: 4px; background: var(--free); }
.thin { height: 4px; margin-top: 3px; }
.gauge rect { fill: var(--tone); }
.gauge .calm { fill: var(--soft); }
.gauge .was { fill: var(--soft); }
.gauge .now-is { fill: var(--ok); }
.swatch { width: 12px; height: 12px; border-radius: 3px; background: var(--tone); }
rect.free { fill: var(--free); }
.swatch.free { background: var(--free); box-shadow: inset 0 0 0 1px var(--soft); }
.legend {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 2px 32px; margin-top: 10px;
  font-size: 13.5px;
}
.legend li { display: grid; grid-template-columns: 12px 1fr auto 44px; gap: 8px; align-items: center; }
.gauges { font-size: 13.5px; display: grid; grid-template-columns: max-content minmax(0, 1fr) 48px; gap: 6px 12px; }
.gauges li { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; align-items: center; }
.plot { width: 100%; height: 172px; overflow: visible; }
.plot > svg { overflow: visible; }
.plot polyline { fill: none; stroke-width: 2px; stroke-linecap: round; stroke-linejoin: round; }
.available-line { --tone: var(--pods); }
.slab-line { --tone: var(--slab-2); }
.floor, .now { --tone: var(--soft); }
.plot polyline { stroke: var(--tone); }
.plot .floor { stroke-width: 1px; stroke-dasharray: 5 4; }
.plot .now { stroke-width: 1px; stroke: var(--line); }
.band { --tone: var(--pods); }
.plot .band { fill: var(--tone); fill-opacity: 0.2; }
.plot .forecast { stroke: var(--pods); stroke-width: 1.5px; stroke-dasharray: 1 5; }
.axis { fill: var(--soft); font-size: 12px; }
.dash { display: inline-block; width: 18px; height: 0; border-top: 2px solid var(--tone); vertical-align: middle; }
.dash.floor { border-top: 1px dashed var(--tone); }
.dash.band { height: 10px; border: 0; background: var(--tone); opacity: 0.3; }
.past .key { margin-top: 4px; }
"""

_NODES = """
.node-card { padding: 0; }
.many > .node-card { content-visibility: auto; contain-intrinsic-size: auto 92px; }
summary { cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
.node-card > summary {
  display: grid; grid-template-columns: auto 1fr auto 14px; gap: 8px 14px; padding: 14px 20px; border-radius: 10px;
  align-items: start;
}
.node-card > summary::after, .nodes summary::after {
  content: ""; width: 7px; height: 7px; border: solid var(--soft); border-width: 0 2px 2px 0; transform: rotate(45deg);
}
.node-card > summary::after { grid-row: 1; grid-column: 4; margin-top: 5px; }
details[open] > summary::after { transform: rotate(225deg); }
.node-card > summary > .mark { margin-top: 2px; }
.node-card > summary > .mark:not(.failing) { margin-left: 4px; margin-right: 4px; }
.node-card > summary p { margin: 0; }
.node-card > summary > .left { grid-column: 3; white-space: nowrap; }
.node-card > summary > .bar { grid-column: 1 / -1; }
.node-card[open] > summary > .bar { display: none; }
.inside { padding: 6px 20px 20px; scroll-margin-top: 96px; }
.node { display: grid; gap: 24px; }
.node > :empty, .side:empty { display: none; }
.side { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 24px 32px; }
.side > :only-child { grid-column: 1 / -1; }
.findings > li {
  padding: 10px 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: 92px 1fr; gap: 4px 12px;
}
.findings > li:first-child { border-top: 0; padding-top: 2px; }
.findings p { margin: 2px 0 0; }
.changes > li { padding: 5px 0; border: 0; }
.changes > li > div:last-child { display: flex; flex-wrap: wrap; gap: 0 12px; }
.changes strong { font-weight: 500; }
.changes p { margin: 0; color: var(--soft); }
.suspect { margin: 6px 0 0; padding-left: 12px; border-left: 2px solid var(--line); }
article > .plain + p { margin-top: 10px; }
.steps { counter-reset: step; }
.steps > li {
  counter-increment: step; display: grid; grid-template-columns: 22px 66px 1fr; gap: 0 10px; padding: 8px 0;
  border-top: 1px solid var(--line);
}
.steps > li:first-child { border-top: 0; padding-top: 2px; }
.steps > li::before {
  content: counter(step) "."; color: var(--soft); text-align: right; font-variant-numeric: tabular-nums;
}
"""

_TABLES = """
table { width: 100%; border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 10px; }
th, td {
  text-align: left; padding: 6px 8px; border-top: 1px solid var(--line); vertical-align: baseline; font-weight: 400;
}
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 12.5px; white-space: nowrap; }
thead td { border: 0; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.slab-table td, .slab-table th:not(:first-child) { text-align: right; white-space: nowrap; }
.slab-table th, .slab-table td { padding-top: 3px; padding-bottom: 3px; }
.stuck { color: var(--critical); font-weight: 600; }
.pairs { margin-top: 12px; table-layout: fixed; }
.pairs thead td { width: 22%; }
.pairs td > .number { display: block; text-align: left; }
.pairs .gauge { margin-top: 3px; }
.two-bars {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 5px 10px; align-items: center;
  margin-top: 10px; font-size: 13.5px;
}
.two-bars .bar { height: 22px; }
.two-bars .legend {
  grid-column: 1 / -1; grid-template-columns: repeat(auto-fill, minmax(min(330px, 100%), 1fr)); margin-top: 6px;
}
.two-bars .legend li { grid-template-columns: 12px 1fr auto; }
.nodes td:nth-child(n+5), .nodes th:nth-child(n+5) { text-align: right; white-space: nowrap; }
.nodes b { font-weight: 600; }
.nodes small { color: var(--soft); display: block; }
.nodes td:nth-child(2) { min-width: 168px; }
.nodes td:nth-child(3), .nodes td:nth-child(4) { min-width: 96px; }
.nodes td > .gauge { width: 112px; margin-left: auto; }
.nodes details { border-top: 1px solid var(--line); }
.nodes summary { padding: 8px 0; display: flex; gap: 8px; align-items: center; }
.nodes summary::after { margin: -4px 2px 0 auto; }
"""

_ROWS = """
@media screen and (max-width: 900px) {
  .side { grid-template-columns: minmax(0, 1fr); }
  .nodes thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .nodes table, .nodes caption, .nodes tbody, .nodes tr, .nodes td { display: block; }
  .nodes tr {
    padding: 10px 0; border-top: 1px solid var(--line); display: grid; gap: 3px 14px;
    grid-template-columns: repeat(4, 1fr);
  }
  .nodes tbody tr:first-child { border-top: 0; }
  .nodes td, .nodes td:nth-child(n+5) { border: 0; padding: 0; text-align: left; white-space: normal; }
  .nodes td:nth-child(1) { grid-area: 1 / -2; }
  .nodes td:nth-child(2) { grid-column: 1 / -2; }
  .nodes td > .gauge { width: 100%; max-width: 112px; margin-left: 0; }
  .nodes td:nth-child(n) { min-width: 0; }
  .nodes td:nth-child(n+3)::before { color: var(--soft); display: block; font-size: 12px; }
COLUMNS
  :is(table:has(td[data-label]), table:has(td[data-label]) :is(tbody, td)) { display: block; }
  table:has(td[data-label]) thead { display: none; }
  table:has(td[data-label]) tr {
    padding: 10px 0; border-top: 1px solid var(--line); display: grid; gap: 3px 14px;
    grid-template-columns: repeat(auto-fill, minmax(100px, 1fr));
  }
  table:has(td[data-label]) td { border: 0; padding: 0; white-space: normal; text-align: left; }
  table:has(td[data-label]) td.wide { grid-column: 1 / -1; }
  td[data-label]::before { content: attr(data-label); color: var(--soft); display: block; font-size: 12px; }
}
"""
"""A table of few rows says in ``data-label`` what a cell is; that of all nodes by the cell's place."""

_NARROW = """
@media screen and (max-width: 760px) {
  main { padding: 12px 12px 32px; }
  h1 { font-size: 21px; }
  h2 { margin-top: 30px; }
  .card, header.headline { padding: 14px; }
  .node-card { padding: 0; }
  .node-card > summary { padding: 12px 14px; grid-template-columns: auto 1fr 14px; gap: 6px 10px; }
  .node-card > summary::after { grid-column: 3; }
  .node-card > summary > .left { grid-column: 2; }
  .inside { padding: 4px 14px 16px; }
  .tiles.named { grid-template-columns: repeat(auto-fill, minmax(142px, 1fr)); }
  .legend { grid-template-columns: 1fr; }
  .nodes tr { grid-template-columns: repeat(3, 1fr); }
  .findings > li { grid-template-columns: 1fr; }
  .steps > li { grid-template-columns: 22px 1fr; }
  .steps > li > div { grid-column: 2; margin-top: 2px; }
  .slab-table td:nth-child(3), .slab-table th:nth-child(3) { display: none; }
  .slab-table th, .slab-table td { padding-left: 4px; padding-right: 4px; font-size: 13px; }
  .pairs thead td { width: 34%; }
}
"""

_PAPER = """
@media print {
  @page { size: A4; margin: 13mm; }
  body { background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; zoom: 0.76; }
  .card { border-color: #c8ccd2; }
  .headline { border-left-color: var(--tone); }
  h1, h2, h3, h4, summary { break-after: avoid; }
  .card:not(.node-card):not(.nodes):not(.changes), details:not([open]), summary, .node > div:not(.long),
  .findings > li, .steps > li, .tiles li, tr, svg { break-inside: avoid; }
  .many > .node-card { content-visibility: visible; }
  .node-card > summary::after, .nodes summary::after { display: none; }
  .nodes thead { display: table-header-group; }
}
"""

_COLUMNS = ("Group", "Type", "Slab", "Available", "PSI", "Swap", "Load", "Left")
"""Of the table of all nodes, from the third on: a row on a telephone has no head above it."""


def _sheet() -> str:
    light, dark = variables(LIGHT), variables(DARK)
    themes = (
        f":root {{ color-scheme: light dark; {light} }}\n"
        # Paper is light, whatever the screen is.
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )
    parts = "".join(
        f"rect.{part} {{ fill: var(--{part}); }} .swatch.{part} {{ --tone: var(--{part}); }}\n" for part in _PARTS
    )
    columns = "\n".join(
        f'  .nodes td:nth-child({place})::before {{ content: "{title}"; }}' for place, title in enumerate(_COLUMNS, 3)
    )
    rows = _ROWS.replace("COLUMNS", columns)
    return "\n" + themes + _PAGE + _MAP + _PLOTS + parts + _NODES + _TABLES + rows + _NARROW + _PAPER


SHEET = _sheet()
