"""The laws of the house that no linter knows: names, tables and tests belong together."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import subprocess
from pathlib import Path

import pytest

from fleetscan.capture.procfs import SOURCES
from fleetscan.diagnosis.measures.danger import DangerLimits
from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.threshold_words import words
from fleetscan.diagnosis.thresholds import AtLeast, NoLimits, SharedLimits, Threshold, thresholds
from fleetscan.diagnosis.tuning import catalogue

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "fleetscan" / "fleetscan"
FORBIDDEN_ROOMS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
PARTS_OF_A_PAGE = ("What it means:", "Why it hurts:", "What to do:", "Source:")
THRESHOLDS = [one for row in catalogue().values() for one in row.values()]
_MEASURES = "layers/fleetscan/fleetscan/diagnosis/measures"
RULE_IDS_ELSEWHERE = {
    # Limits that several rules share; the next test binds them to the rule that owns them.
    (f"{_MEASURES}/danger.py", "memory_available_low"),
    (f"{_MEASURES}/danger.py", "memory_runway_short"),
    (f"{_MEASURES}/memory_pressure.py", "memory_pressure_high"),
    (f"{_MEASURES}/unreclaimable.py", "slab_unreclaimable_high"),
    (f"{_MEASURES}/socket_buffers.py", "socket_buffers_held"),
}
MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_HANDLER = 120


def modules(folder: Path) -> set[str]:
    """Return the module names in a folder, without its __init__."""
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def parts_of(rule: AnyRule) -> list[object]:
    """Return the values of a rule's limits; of those of a present danger the groups that it consists of."""
    values = [getattr(rule.limits, field.name) for field in dataclasses.fields(rule.limits)]
    return [part for value in values for part in (vars_of(value) if isinstance(value, DangerLimits) else [value])]


def vars_of(limits: DangerLimits) -> list[object]:
    """Return the groups of limits of a present danger."""
    return [getattr(limits, field.name) for field in dataclasses.fields(limits)]


def is_shared(rule: str, value: object) -> bool:
    """Whether it is a group of limits that this rule owns."""
    return isinstance(value, SharedLimits) and value.rule == rule


def every_kind_of(kind: type[SharedLimits]) -> list[type[SharedLimits]]:
    """Return its subclasses in the package, and theirs; tests make some of their own."""
    every = [one for child in kind.__subclasses__() for one in (child, *every_kind_of(child))]
    return [one for one in every if one.__module__.startswith("fleetscan.")]


def collected_in(path: Path) -> list[str]:
    """Return the names of the tests that pytest would collect from a file."""
    tree = ast.parse(path.read_text())
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def tracked_files() -> list[Path]:
    """Return what git tracks, or would if it were added; every file outside a git checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]


class TestRules:
    """One id is the name of everything that belongs to a rule."""

    def test_each_rule_is_a_module_of_its_own_name_and_nothing_else_lives_there(self) -> None:
        """The table and the folder name the same rules."""
        expected = {rule.id for rule in RULES}

        assert expected == modules(PACKAGE / "diagnosis" / "rules")

    def test_the_table_holds_each_module_s_own_rule(self) -> None:
        """RULES[i] is the RULE of the module that bears its id."""
        expected = tuple(importlib.import_module(f"fleetscan.diagnosis.rules.{rule.id}").RULE for rule in RULES)

        assert expected == RULES

    def test_no_rule_id_is_written_outside_of_its_rule(self) -> None:
        """Who means a rule has its ``RULE.id`` or one of its traits: a misspelt name is an error."""
        ids = {rule.id for rule in RULES}
        folders = (PACKAGE, ROOT / "functions", ROOT / "simulator", ROOT / "docs")
        found = {
            (path.relative_to(ROOT).as_posix(), node.value)
            for folder in folders
            for path in folder.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and node.value in ids and path.stem != node.value
        }

        assert found == RULE_IDS_ELSEWHERE

    def test_shared_limits_bear_the_id_of_the_rule_that_owns_them(self) -> None:
        """The rule imports them, so they cannot have the id from it: it is bound to the rule here."""
        homes = {(type(rule.limits), rule.id) for rule in RULES} | {
            (type(part), rule.id) for rule in RULES for part in parts_of(rule)
        }
        shared = every_kind_of(SharedLimits)

        assert shared
        assert [kind for kind in shared if (kind, kind.rule) not in homes] == []

    @pytest.mark.parametrize("rule", [rule.id for rule in RULES])
    def test_each_rule_has_a_collected_test(self, rule: str) -> None:
        """tests/unit/diagnosis/rules/test_<id>.py exists and pytest finds tests in it."""
        assert collected_in(ROOT / "tests" / "unit" / "diagnosis" / "rules" / f"test_{rule}.py")

    def test_each_rule_has_a_page_and_no_page_is_left_over(self) -> None:
        """docs/rules/<id>.md, one for one."""
        expected = {rule.id for rule in RULES}

        assert expected == {page.stem for page in (ROOT / "docs" / "rules").glob("*.md")} - {"README"}

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
    def test_a_rule_s_docstring_is_its_page(self, rule: AnyRule) -> None:
        """What it means, why it hurts, what to do and the source stand in each rule's module."""
        module = importlib.import_module(f"fleetscan.diagnosis.rules.{rule.id}")
        document = module.__doc__ or ""
        expected: list[str] = []

        assert expected == [part for part in PARTS_OF_A_PAGE if part not in document]


class TestLimits:
    """What an operator may move, and where it stands."""

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
    def test_each_rule_has_limits_of_its_own_or_none(self, rule: AnyRule) -> None:
        """A frozen dataclass ``Limits`` in the rule's module, or NO_LIMITS; ``check`` evaluates by those by default."""
        module = importlib.import_module(f"fleetscan.diagnosis.rules.{rule.id}")
        expected = getattr(module, "Limits", NoLimits)

        assert expected is type(rule.limits)
        assert (rule.limits,) == module.check.__defaults__

    @pytest.mark.parametrize("rule", [rule.id for rule in RULES])
    def test_no_rule_keeps_a_threshold_as_a_constant(self, rule: str) -> None:
        """What begins a severity is a field of Limits, or nobody could move it."""
        module = importlib.import_module(f"fleetscan.diagnosis.rules.{rule}")
        expected: list[str] = []

        assert expected == [name for name in vars(module) if re.match(r"(INFO|WARNING|CRITICAL)_", name)]

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
    def test_what_limits_hold_is_numbers_or_belongs_to_another_rule(self, rule: AnyRule) -> None:
        """A nested group of limits names the rule that owns it, and that rule has it too."""
        owners = {
            type(value): one.id for one in RULES for value in (one.limits, *parts_of(one)) if is_shared(one.id, value)
        }

        for value in parts_of(rule):
            assert isinstance(value, int | float | SharedLimits)
            assert not isinstance(value, SharedLimits) or owners[type(value)] == value.rule

    @pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda one: f"{one.rule}.{one.name}")
    def test_a_threshold_says_where_its_default_comes_from_and_keeps_its_own_bounds(self, threshold: Threshold) -> None:
        """In parentheses, or as an inference; and a rule's defaults are in order."""
        siblings = catalogue()[threshold.rule]
        reported = words(threshold)

        assert re.search(r"\([^)]*[A-Za-z][^)]*\)|\[inference[^]]*\]", reported)
        assert threshold.bounds.least <= threshold.default <= threshold.bounds.most
        for mark in threshold.order:
            other = siblings[mark.other].default
            assert threshold.default >= other if isinstance(mark, AtLeast) else threshold.default <= other

    @pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda one: f"{one.rule}.{one.name}")
    def test_critical_is_never_milder_than_a_warning_of_the_same_kind(self, threshold: Threshold) -> None:
        """Where both are there, their order is declared."""
        warning = re.sub(r"^critical_", "warning_", threshold.name)
        is_pair = warning != threshold.name and warning in catalogue()[threshold.rule]

        assert not is_pair or warning in {mark.other for mark in threshold.order}

    def test_no_threshold_hides_another_of_the_same_name(self) -> None:
        """A rule's own limits and those that others share with it have names of their own."""
        names = [(one.rule, one.name) for rule in RULES for one in thresholds(rule.id, rule.limits)]

        assert sorted(set(names)) == sorted(names)


class TestSources:
    """What is collected and what is understood cannot differ."""

    def test_each_source_is_a_module_of_its_own_name(self) -> None:
        """The table and the folder name the same sources."""
        expected = {source.section for source in SOURCES}

        assert expected == modules(PACKAGE / "capture" / "procfs")

    def test_the_collection_script_prints_each_source_and_no_other(self) -> None:
        """A section that is printed is understood; a section that is understood is printed."""
        script = (ROOT / "documents" / "collect.sh").read_text()
        expected = {source.section for source in SOURCES}

        assert expected == set(re.findall(r'\b(?:give|row)\("([a-z_]+)"', script))

    def test_the_format_s_page_documents_each_source_and_no_other(self) -> None:
        """docs/capture-format.md has one row for each section."""
        page = (ROOT / "docs" / "capture-format.md").read_text()
        table = page[page.index("## Sections") : page.index("## Triggers")]
        expected = {source.section for source in SOURCES}

        assert expected == set(re.findall(r"^\| `([a-z_]+)` \|", table, flags=re.MULTILINE))

    @pytest.mark.parametrize("section", [source.section for source in SOURCES])
    def test_each_source_has_a_collected_test(self, section: str) -> None:
        """tests/unit/capture/procfs/test_<section>.py exists and pytest finds tests in it."""
        assert collected_in(ROOT / "tests" / "unit" / "capture" / "procfs" / f"test_{section}.py")


class TestRooms:
    """Names and sizes."""

    def test_no_room_has_a_name_that_says_nothing(self) -> None:
        """A module is named after the thing in it."""
        named = {path.stem for path in tracked_files()} | {path.parent.name for path in tracked_files()}

        assert named & FORBIDDEN_ROOMS == set()

    def test_no_module_outgrows_its_room(self) -> None:
        """A long module is two modules."""
        sources = [path for path in tracked_files() if path.suffix == ".py" and "tests" not in path.parts]
        expected: dict[str, int] = {}

        assert expected == {
            str(path.relative_to(ROOT)): lines
            for path in sources
            if (lines := len(path.read_text().splitlines())) > MOST_LINES_OF_A_MODULE
        }

    def test_no_value_pays_at_run_time_for_being_immutable(self) -> None:
        """``@immutable`` is how a value is made here: the type checker keeps it as it is."""
        frozen = re.compile(r"^ *@dataclass\(.*frozen", flags=re.MULTILINE)
        expected: list[str] = []

        assert expected == [str(path) for path in PACKAGE.rglob("*.py") if frozen.search(path.read_text())]

    def test_handlers_are_thin(self) -> None:
        """A handler wires; it does not think."""
        expected: dict[str, int] = {}

        assert expected == {
            str(path.relative_to(ROOT)): lines
            for path in (ROOT / "functions").rglob("*.py")
            if (lines := len(path.read_text().splitlines())) > MOST_LINES_OF_A_HANDLER
        }

    def test_each_test_file_is_one_that_pytest_collects(self) -> None:
        """A file of tests under a name that is never collected tests nothing."""
        files = [path for path in (ROOT / "tests").rglob("*.py") if not {"bench", "fixtures"} & set(path.parts)]
        expected: list[str] = []

        assert expected == [
            str(path.relative_to(ROOT)) for path in files if collected_in(path) and not path.name.startswith("test_")
        ]
