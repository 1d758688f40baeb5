"""The bill of materials: it lists what the layer is built from, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / ".venv-security/bin/cyclonedx-py"
PINNED = re.compile(r"^([0-9A-Za-z._-]+)==([^ ;\\]+)", re.MULTILINE)


@pytest.mark.skipif(not TOOL.exists(), reason="make .venv-security/.ready installs what makes the bill of materials")
def test_it_lists_exactly_the_pinned_packages_with_their_hashes(tmp_path: Path) -> None:
    """Every package of requirements.txt by name, version and SHA-256; made by the command of the Makefile."""
    (recipe,) = re.findall(r"^sbom:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = recipe.splitlines()[-1].split()
    target = tmp_path / "sbom.json"
    subprocess.run(
        [str(target) if word == "build/sbom.json" else word for word in command], cwd=ROOT, check=True, timeout=120
    )
    found = json.loads(target.read_text())
    pinned = dict(PINNED.findall((ROOT / "layers/fleetscan/requirements.txt").read_text()))
    without_hash = [each["name"] for each in found["components"] if not each["externalReferences"][0].get("hashes")]

    assert pinned == {each["name"]: each["version"] for each in found["components"]}
    assert without_hash == []
    assert found["bomFormat"] == "CycloneDX"
