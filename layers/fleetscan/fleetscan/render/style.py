"""The style sheet of the HTML report: system fonts, two themes, and a table that becomes cards on a telephone."""

from __future__ import annotations

SHEET = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #dde1e6; --code: #f0f2f5;
  --critical: #b3261e; --warning: #8a5a00; --info: #2457a8; --ok: #1a6b3c; --unknown: #59636e;
  --critical-tint: #fdeceb; --warning-tint: #fdf4e3; --info-tint: #eaf1fc; --ok-tint: #e8f5ed;
  --unknown-tint: #eef0f3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #171b21; --ink: #e6e9ed; --soft: #9aa5b1; --line: #2a3038; --code: #0f1216;
    --critical: #ff8a80; --warning: #f0bd5b; --info: #8ab4f8; --ok: #7fd3a0; --unknown: #9aa5b1;
    --critical-tint: #35191a; --warning-tint: #33270f; --info-tint: #16253d; --ok-tint: #12291c;
    --unknown-tint: #22272e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 6px 0 8px; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 17px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 0 0 2px; }
p { margin: 0 0 8px; }
p:last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
.small { font-size: 13px; }
.eyebrow { color: var(--soft); font-size: 13px; margin: 0; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
  margin: 0 0 14px;
}
.verdict { border-left: 5px solid var(--tone); padding: 20px 22px; }
.critical { --tone: var(--critical); --tint: var(--critical-tint); }
.warning { --tone: var(--warning); --tint: var(--warning-tint); }
.info { --tone: var(--info); --tint: var(--info-tint); }
.ok { --tone: var(--ok); --tint: var(--ok-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.label {
  display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 12.5px; font-weight: 600;
  color: var(--tone); background: var(--tint); white-space: nowrap;
}
.tally { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
ul, ol { margin: 0; padding: 0; list-style: none; }
.findings > li {
  padding: 12px 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: 92px 1fr;
  gap: 4px 12px;
}
article > h3:not(:first-child) { margin-top: 18px; }
article > .plain + .suspect { margin-top: 10px; }
.findings > li:first-child { border-top: 0; padding-top: 4px; }
.suspect { margin: 6px 0 0; padding-left: 12px; border-left: 2px solid var(--line); }
.rule, code { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.rule { color: var(--soft); font-weight: 400; }
.steps { counter-reset: step; margin-top: 6px; }
.steps > li {
  counter-increment: step; display: grid; grid-template-columns: 22px 84px 1fr; gap: 0 10px; padding: 9px 0;
  border-top: 1px solid var(--line);
}
.steps > li::before {
  content: counter(step) "."; color: var(--soft); text-align: right; font-variant-numeric: tabular-nums;
}
.steps h3 { font-weight: 600; }
pre {
  background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: 9px 12px;
  margin: 6px 0 10px; white-space: pre-wrap;
}
table { width: 100%; border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 10px; }
th, td { text-align: left; padding: 6px 8px; border-top: 1px solid var(--line); vertical-align: baseline; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 12.5px; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.bar {
  display: block; height: 3px; margin-top: 3px; border-radius: 2px;
  background: linear-gradient(var(--tone), var(--tone)) 0 0 / var(--share) 100% no-repeat, var(--line);
}
.plain > li { padding: 3px 0 3px 14px; text-indent: -14px; }
.plain > li::before {
  content: "\\2013"; display: inline-block; width: 14px; text-indent: 0; color: var(--soft);
}
footer { margin-top: 40px; color: var(--soft); font-size: 13px; }
@media (max-width: 720px) {
  main { padding: 14px 12px 32px; }
  h1 { font-size: 21px; }
  .card { padding: 14px; }
  .findings > li { grid-template-columns: 1fr; }
  .steps > li { grid-template-columns: 22px 1fr; }
  .steps > li > div { grid-column: 2; margin-top: 2px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody, tr, td { display: block; }
  tr {
    padding: 10px 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: repeat(3, 1fr);
    gap: 3px 14px;
  }
  tbody tr:first-child { border-top: 0; }
  td { border: 0; padding: 0; }
  td[data-label]::before { content: attr(data-label); color: var(--soft); display: block; font-size: 12px; }
  td.wide { grid-column: 1 / -1; }
  td.blank { display: none; }
  .number { text-align: left; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } }
"""
"""Colours keep a contrast of at least 4.5 to 1 on their tint in both themes; no state is told by colour alone."""
