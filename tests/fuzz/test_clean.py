"""The checks themselves: each must fail for what it is there to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fuzz import clean, outputs, path
from tests.fuzz.path import Untrusted

REPORT = json.loads(outputs.shown(path.scanned(()))["JSON"])


@pytest.mark.parametrize(
    ("check", "output"),
    [
        (clean.plain, "a\x1b[31m"),
        (clean.plain, "a\u202eb"),
        (clean.plain, "a\x00b"),
        (clean.plain, "a\u200bb"),
        (clean.plain, "a\ud800b"),
        (clean.plain, "a\u05d0b"),
        (clean.plain, "a\rb"),
        (clean.painted, "\x1b]0;owned\x07"),
        (clean.painted, "\x1b[2J"),
        (clean.single_line, "a\nb"),
        (clean.single_line, "caf\u00e9"),
        (clean.as_values, ["a\u202eb"]),
        (clean.as_page, "<p><script>alert(1)</script></p>"),
        (clean.as_page, "<p><img src=x onerror=alert(1)></p>"),
        (clean.as_page, '<p onclick="x">a</p>'),
        (clean.as_page, '<a href="javascript:alert(1)">a</a>'),
        (clean.as_page, '<a href="http://evil.example/">a</a>'),
        (clean.as_page, '<p style="background: url(https://evil.example/)">a</p>'),
        (
            clean.as_page,
            '<cwdb-action action="call" endpoint="arn:aws:lambda:eu-west-1:1:function:other"></cwdb-action>',
        ),
        (clean.as_page, "<p>a"),
        (clean.as_page, "<p>a</div>"),
        (clean.as_page, "<p>a</p></p>"),
        (clean.as_page, "<!-- a -->"),
        (clean.as_page, "<![CDATA[a]]>"),
        (clean.as_page, "<?php a ?>"),
        (clean.as_json, json.dumps({**REPORT, "notes": ["caf\u00e9"]}, ensure_ascii=False)),
        (clean.as_json, json.dumps({**REPORT, "notes": ["a\u202eb"]})),
        (clean.as_json, json.dumps({**REPORT, "duration_seconds": float("nan")})),
        (clean.as_json, json.dumps({key: value for key, value in REPORT.items() if key != "fleet"})),
        (clean.as_json, json.dumps({**REPORT, "nodes": [{}]})),
    ],
)
def test_each_check_fails_for_what_is_unclean(check: Callable[[object], None], output: object) -> None:
    """One thing that is wrong in something that is right otherwise."""
    with pytest.raises(clean.UncleanError):
        check(output)


def test_a_number_that_is_none_is_no_value() -> None:
    """JSON has no infinity."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        clean.as_values([float("inf")])


@pytest.mark.parametrize("output", outputs.OUTPUTS, ids=lambda output: output.name)
def test_each_output_that_grows_beyond_its_bounds_is_seen(output: outputs.Output) -> None:
    """A bound that nothing reaches would be none."""
    tight = outputs.Output(output.name, output.render, output.promise, most_characters=0)

    with pytest.raises(clean.UncleanError, match="more than 0"):
        tight.shown(path.scanned(()))


def test_untrusted_input_that_changes_a_control_node_is_seen() -> None:
    """Here by an answer in its name, which no node can give."""
    forged = path.examined(Untrusted(captures=(path.answered(path.CONTROL_NODES[1], ""),)))
    report = path.scanned(())
    others = [one for one in report.diagnoses if one.node.instance_id not in forged]

    with pytest.raises(clean.UncleanError, match="changed the result of a control node"):
        path.checked_outputs(replace(report, diagnoses=(*others, *forged.values())))


def test_an_exception_out_of_an_examination_is_not_hidden_as_a_scan_hides_it() -> None:
    """A scan goes on with the other nodes; whoever looks for bugs must hear of them."""
    broken = replace(path.answered("i-00000000000000001", ""), text=None)  # type: ignore[arg-type]  # what no reader takes

    with pytest.raises(TypeError):
        path.scanned([Untrusted(captures=(broken,))])


def test_a_rule_that_broke_is_seen() -> None:
    """The diagnosis keeps it as a failure, and the others go on."""
    found = path.examined(Untrusted(captures=(path.answered("i-1", ""),)))["i-1"]

    with pytest.raises(clean.UncleanError, match="a rule broke"):
        path.sound(replace(found, failed={"load_high": "ZeroDivisionError: division by zero"}))
