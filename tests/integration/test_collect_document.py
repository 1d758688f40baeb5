"""The SSM document made from the collection script: what SSM asks of it, and that the two never differ."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.fixtures.node_tree import NodeTree

DOCUMENTS = Path(__file__).parents[2] / "documents"


@pytest.fixture
def build() -> ModuleType:
    """Return the program that makes the document."""
    spec = importlib.util.spec_from_file_location("documents_build", DOCUMENTS / "build.py")

    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_document_is_what_its_script_makes(build: ModuleType) -> None:
    """An edited script without its document would never reach a node."""
    script, text = (DOCUMENTS / "collect.sh").read_text(), (DOCUMENTS / "collector.json").read_text()

    assert build.document(script) == text


def test_the_document_runs_the_script_without_its_comments_and_without_parameters() -> None:
    """Schema 2.2, Linux only, one minute; the agent joins the lines again."""
    script = (DOCUMENTS / "collect.sh").read_text()
    document = json.loads((DOCUMENTS / "collector.json").read_text())
    (step,) = document["mainSteps"]

    assert {"schemaVersion", "description", "mainSteps"} == document.keys()
    assert document["schemaVersion"] == "2.2"
    assert step["action"] == "aws:runShellScript"
    assert step["precondition"] == {"StringEquals": ["platformType", "Linux"]}
    assert step["inputs"]["timeoutSeconds"] == "60"
    assert step["inputs"]["runCommand"][0] == "#!/bin/sh"
    assert len(step["inputs"]["runCommand"]) == 1 + len(re.findall(r"^ *[^ #\n].*$", script, re.MULTILINE))


@pytest.mark.usefixtures("scope_pod")
def test_the_document_prints_what_the_script_prints(healthy_tree: NodeTree, tmp_path: Path, collect_awk: str) -> None:
    """What a node runs is what the tests run."""
    document = json.loads((DOCUMENTS / "collector.json").read_text())
    bare = tmp_path / "bare.sh"
    bare.write_text("\n".join(document["mainSteps"][0]["inputs"]["runCommand"]) + "\n")

    expected = healthy_tree.collect(DETAIL="1", AWK=collect_awk).stdout

    assert b"\n@end detail " in expected
    assert expected == healthy_tree.collect(script=bare, DETAIL="1", AWK=collect_awk).stdout


@pytest.mark.parametrize(
    ("program", "short"),
    [
        ("function read_it(line_of) {\nreturn line_of + 1\n}", "function ri(lo){\nreturn lo + 1\n}"),
        ('{ name_of = "name_of \\" # x"; print name_of }', '{no="name_of \\" # x";print no}'),
        ("{ if (line ~ /a line \\/ [/] x/) next }", "{if (li~/a line \\/ [/] x/) next}"),
        ("{ half = total / 2 / share; rest = (total) / 2 }", "{ha=to / 2 / sh;re=(to) / 2}"),
        ("{ inner = 1; io = 2; indeed = 3 }", "{in2=1;io=2;in3=3}"),
        ("{ a_b = GIVEN; ab = a_b - -1; x = y z }", "{ab2=GIVEN;ab=ab2 - -1;x=y z}"),
    ],
)
def test_names_and_blanks_are_shortened_and_nothing_else(build: ModuleType, program: str, short: str) -> None:
    """Strings, patterns, the language's own words and what the shell gives stay."""
    assert short == build.shortened(program)


def test_the_document_fits_into_ssm() -> None:
    """64 KB for content and parameters together, and nothing that looks like a parameter."""
    text = (DOCUMENTS / "collector.json").read_text()

    assert len(text.encode()) < 64 * 1024
    assert "{{" not in text


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\necho {{x}}\n", "two braces"),
        ("#!/bin/sh\necho ü\n", "plain ASCII"),
        ("#!/bin/sh\r\n", "plain ASCII"),
        ("#!/bin/sh", "ended by a line feed"),
        ("#!/bin/sh\n" + ":\n" * 70_000, "SSM takes fewer"),
    ],
)
def test_a_script_that_cannot_be_a_document_is_refused(build: ModuleType, script: str, reason: str) -> None:
    """Better here than at deployment, or on a node."""
    with pytest.raises(ValueError, match=reason):
        build.document(script)


def test_check_mode_writes_nothing_and_says_a_difference_by_its_exit_code(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the gate: 1 when there is something to build, 0 after it was built."""
    script, document = tmp_path / "collect.sh", tmp_path / "collector.json"
    script.write_text("#!/bin/sh\nexit 0\n")
    paths = ["--script", str(script), "--document", str(document)]

    assert (build.main(["--check", *paths]), document.exists()) == (1, False)
    assert "collector.json is not what collect.sh makes" in capsys.readouterr().err
    assert (build.main(paths), build.main(["--check", *paths])) == (0, 0)


def test_the_script_has_the_patterns_of_the_list_and_no_others(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who edits them in the script is told, and the next build writes the list's again."""
    script, document = tmp_path / "collect.sh", tmp_path / "collector.json"
    committed = (DOCUMENTS / "collect.sh").read_text()
    paths = ["--script", str(script), "--document", str(document)]
    script.write_text(committed.replace("soft lockup - CPU#", "soft lockup - cpu#"))

    assert build.main(["--check", *paths]) == 1
    assert "collect.sh has not the patterns of log_patterns.toml" in capsys.readouterr().err
    assert (build.main(paths), script.read_text()) == (0, committed)


def test_a_script_whose_block_of_patterns_does_not_end_is_refused(build: ModuleType) -> None:
    """What follows would be lost."""
    with pytest.raises(ValueError, match="lacks the line '# ---- The patterns end"):
        build.with_patterns(f"#!/bin/sh\n{build.PATTERNS_BEGIN}\nexit 0\n", ())


def test_shellcheck_finds_nothing() -> None:
    """The POSIX dialect, with every check it has by default."""
    shellcheck = Path(sys.executable).with_name("shellcheck")
    if not shellcheck.exists():
        pytest.skip("shellcheck is not installed")
    run = subprocess.run(
        [shellcheck, "-s", "sh", DOCUMENTS / "collect.sh"], capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout) == (0, "")
