"""The wheel: what it holds, what it asks for, and the file that pins that for `make demo`."""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.fixtures.wheel import REQUIREMENTS, ROOT, build_wheel, pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = frozenset({"fleetscan", "functions", "simulator"})
PACKAGES = {"yaml": "pyyaml"}
"""Module -> package, where the names differ."""
FROM_ELSEWHERE = {
    "fleetscan/collect.sh": "documents/collect.sh",
    "simulator/project/documents/collector.json": "documents/collector.json",
    "simulator/project/manifests/kubernetes-access.yaml": "manifests/kubernetes-access.yaml",
}
IMPORTED_BY_MOTOS_SERVER = {"flask", "flask-cors"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel of this working copy."""
    return zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel")))


@pytest.fixture
def imports() -> grimp.ImportGraph:
    """Return who imports what, also inside functions; not what only a type checker imports."""
    return grimp.build_graph(*OURS, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)


def names(requirements: list[str]) -> set[str]:
    """Return the packages that requirements name."""
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def imported_by(imports: grimp.ImportGraph, module: str) -> set[str]:
    """Return the packages that a module with all below it imports, directly or through others of ours."""
    found = {name.partition(".")[0] for name in imports.find_upstream_modules(module, as_package=True)}
    return {PACKAGES.get(name, canonicalize_name(name)) for name in found - OURS - sys.stdlib_module_names}


def files_below(folder: Path, prefix: str) -> dict[str, Path]:
    """Return the files of a folder by the names that they have in the wheel."""
    return {
        f"{prefix}/{path.relative_to(folder)}": path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


class TestContents:
    """What lies where the code reads it."""

    def test_it_holds_the_package_the_simulator_the_scan_and_what_they_read(self, wheel: zipfile.ZipFile) -> None:
        """Byte for byte, and no other file: no test, no function that only Lambda runs."""
        expected = {
            **files_below(ROOT / "layers/fleetscan/fleetscan", "fleetscan"),
            **files_below(ROOT / "simulator", "simulator"),
            "functions/scan/app.py": ROOT / "functions/scan/app.py",
            **{name: ROOT / source for name, source in FROM_ELSEWHERE.items()},
        }
        actual = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}

        assert actual == {name: path.read_bytes() for name, path in expected.items()}

    def test_it_runs_no_function_but_those_it_holds(self, imports: grimp.ImportGraph, wheel: zipfile.ZipFile) -> None:
        """Whatever of functions/ the command line reaches is a file of the wheel."""
        reached = imports.find_upstream_modules("fleetscan.cli", as_package=True)
        expected = {f"{name.replace('.', '/')}.py" for name in reached if name.startswith("functions.")}

        assert expected == {name for name in wheel.namelist() if name.startswith("functions/")} != set()


class TestDeclared:
    """What pip installs with it is what it imports."""

    def test_the_command_line_without_the_demo_imports_what_is_required(self, imports: grimp.ImportGraph) -> None:
        """No more, no less: the simulator is imported by the demo alone."""
        imports.remove_import(importer="fleetscan.cli.demo", imported="simulator.demo")
        expected = imported_by(imports, "fleetscan.cli")

        assert expected == names(PROJECT["dependencies"])

    def test_the_demo_imports_what_is_required_and_what_its_extra_adds(self, imports: grimp.ImportGraph) -> None:
        """Besides these only what moto's server imports and moto itself does not require."""
        expected = imported_by(imports, "simulator.demo") | IMPORTED_BY_MOTOS_SERVER

        assert expected - names(PROJECT["dependencies"]) == names(PROJECT["optional-dependencies"]["demo"])


class TestPinned:
    """requirements/demo.txt, from which `make demo` installs."""

    def test_it_pins_what_the_developers_have_tested(self) -> None:
        """Each package with the version, the marker and the hashes of dev.txt."""
        demo, dev = pins(REQUIREMENTS / "demo.txt"), pins(REQUIREMENTS / "dev.txt")

        assert demo == {name: dev[name] for name in demo if name in dev}
        assert names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["demo"]) <= set(demo)

    def test_every_line_of_it_is_a_pin_a_hash_or_a_comment(self) -> None:
        """Nothing is pinned that the test above does not see, and no registry is named."""
        text = (REQUIREMENTS / "demo.txt").read_text()
        heads = [line for line in text.splitlines() if not line.startswith(("    --hash=sha256:", "    #"))]
        expected = [re.split("==", line)[0] for line in heads]

        assert expected == sorted(pins(REQUIREMENTS / "demo.txt"))

    def test_no_tool_of_a_developer_is_in_it(self) -> None:
        """Linters, type stubs, browsers, build tools, test runners: what dev.in names and the demo does not import."""
        lines = (REQUIREMENTS / "dev.in").read_text().splitlines()
        tools = names([line for line in lines if line and not line.startswith(("#", "-r"))])
        needed = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["demo"])
        expected: set[str] = set()

        assert expected == (tools - needed) & set(pins(REQUIREMENTS / "demo.txt"))
