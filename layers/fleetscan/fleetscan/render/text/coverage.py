"""Coverage as blocks: what was evaluated and what was not, one bullet per sentence."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.model import Report
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block
from fleetscan.render.words.coverage_words import coverage_sentences, skipped_sentences, skipped_sentences_in_brief


def coverage(report: Report) -> list[Block]:
    """Return how many nodes responded, which did not, and what could not be read."""
    return _bullets(coverage_sentences(report))


def skipped_checks(report: Report, *, is_brief: bool = False) -> list[Block]:
    """Return the report's notes and the rules that were not evaluated, with the reason; their number in brief."""
    return _bullets(skipped_sentences_in_brief(report) if is_brief else skipped_sentences(report))


def _bullets(sentences: Sequence[str]) -> list[Block]:
    return [block for one in sentences for block in layout.paragraph(f"- {one}", indent="  ", hanging="    ")]
