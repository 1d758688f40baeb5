"""The pages as a whole: links lead somewhere, the index has every page, and what is quoted or counted is true."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import page_words
from fleetscan.model import Severity
from tests.fixtures import rule_samples

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
BANNED = (
    "can not",
    "culprit",
    "blame",
    "verdict",
    "stranger",
    "riddle",
    "is sick",
    "are sick",
    "sick node",
    "dying node",
    "bad day",
    "rings",
    "dead pod",
    "is told",
    "mended",
)
"""Words for which WORDS has the field's own, as far as they have no second meaning on a page."""


def prose(page: Path) -> str:
    """Return a page without its blocks of code, in which neither links nor headings are any."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return what a link may name behind the #, as GitHub makes it from headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def targets(page: Path) -> Iterator[str]:
    """Yield every relative link and picture of a page."""
    text = prose(page)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text):
        if not target.startswith(("https://", "http://", "mailto:")):
            yield target


def is_broken(page: Path, target: str) -> bool:
    """Whether a link leads to no file, or to no heading of it."""
    path, _, anchor = target.partition("#")
    file = (page.parent / path) if path else page
    return not file.exists() or (bool(anchor) and anchor not in anchors(file))


def tracked_files() -> list[Path]:
    """Return what git tracks, or would if it were added."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To files that are there, and to headings that are in them."""
    assert [target for target in targets(page) if is_broken(page, target)] == []


def test_a_link_to_no_file_or_no_heading_is_found(tmp_path: Path) -> None:
    """The test above can fail: on each of the ways in which a link may be wrong, and on none that is right."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, 2 words\n\n[a](gone.md) [b](#a-heading-2-words) [c](#not-this) [d](page.md#nor-this)\n"
        '<img src="gone.png">\n[e](https://example.com/#x)\n\n```\n# no heading\n[f](code.md)\n```\n'
    )

    assert [target for target in targets(page) if is_broken(page, target)] == [
        "gone.md",
        "#not-this",
        "page.md#nor-this",
        "gone.png",
    ]


def test_a_page_that_the_code_names_exists() -> None:
    """In messages, templates and comments; a fixture quotes what was true when it was recorded."""
    sources = [path for path in tracked_files() if path.suffix in {".py", ".sh", ".toml", ".yaml", ".json"}]
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sources
        if "fixtures" not in path.parts
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text(encoding="utf-8"))
    }

    assert sorted((path, name) for path, name in named if not (ROOT / name).is_file()) == []
    assert len(named) > 20


def test_the_index_has_every_page() -> None:
    """Each page of docs/, each folder of pages by its own index, and what stands beside README.md for readers."""
    wanted = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("*.md")} - {"README.md"}
    wanted |= {path.relative_to(DOCS).as_posix() for path in DOCS.glob("*/README.md")}
    wanted |= {"../README.md", "../SECURITY.md", "../CONTRIBUTING.md"}

    assert wanted == {target.partition("#")[0] for target in targets(DOCS / "README.md")}


def test_every_picture_is_shown() -> None:
    """A picture that no page shows is taken anew for nobody."""
    shown = {(page.parent / target).resolve() for page in PAGES for target in targets(page)}

    assert sorted(path.name for path in (DOCS / "images").iterdir() if path.resolve() not in shown) == []


def test_what_a_program_writes_is_not_counted(tmp_path: Path) -> None:
    """Neither a page that is written whole, nor a block between its marks, nor what lies in folders."""
    (tmp_path / "docs" / "adr").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Two words\n")
    (tmp_path / "docs" / "adr" / "0001.md").write_text("not counted")
    (tmp_path / "docs" / "cost.md").write_text("# Cost\n\n<!-- Written by docs/build.py from a model. -->\n\nfigures\n")
    (tmp_path / "docs" / "scale.md").write_text(
        "one\n<!-- The plan begins. Written by docs/build.py. -->\n\nfigures\n\n<!-- The plan ends. -->\ntwo\n"
    )
    pages = page_words.hand_written(tmp_path)

    assert pages == {"README.md": "# Two words\n", "docs/scale.md": "one\n\ntwo\n"}
    assert page_words.count(pages) == 5


def test_the_pages_that_are_written_by_hand_are_short_enough() -> None:
    """`docs/build.py --check` says the same, with the number."""
    assert page_words.count(page_words.hand_written()) <= page_words.MOST_WORDS


def test_pages_use_the_field_s_words() -> None:
    """Outside of code, where a test or a setting may have an older name."""
    texts = {path: re.sub(r"`[^`]*`", "", text).lower() for path, text in page_words.hand_written().items()}

    assert [(path, word) for path, text in texts.items() for word in BANNED if re.search(rf"\b{word}", text)] == []


def test_prices_of_the_readme_are_those_of_the_estimate() -> None:
    """5 nodes in a healthy month and 1,000 in a bad one, every 5 minutes."""
    readme, cost = (ROOT / "README.md").read_text(), (DOCS / "cost.md").read_text()
    (five,) = re.findall(r"^\| 5 \| ([\d.]+) \| ", cost, re.MULTILINE)[:1]
    (thousand,) = re.findall(r"^\| 1,000 \| [\d.]+ \| ([\d.]+) \| ", cost, re.MULTILINE)[:1]

    assert f"{five} USD a month for 5 nodes, {thousand} USD for 1,000 in a bad month" in readme


def test_cases_of_the_readme_are_those_of_the_page() -> None:
    """As many as there are."""
    (number,) = re.findall(r"^(\d+) cases: ", (DOCS / "cases.md").read_text(), re.MULTILINE)

    assert f"[{number} published incidents](docs/cases.md)" in (ROOT / "README.md").read_text()


def test_the_walkthrough_quotes_what_the_node_prints() -> None:
    """Each line of its capture is one of the demo's critical node."""
    samples = rule_samples.load()
    printed = samples.capture(samples.Sample(severity=Severity.CRITICAL, node="sick")).text.splitlines()
    (block,) = re.findall(r"^```\n(MemTotal.*?)^```", (DOCS / "walkthrough.md").read_text(), re.MULTILINE | re.DOTALL)

    assert [line for line in block.splitlines() if line not in printed] == []
    assert len(block.splitlines()) > 3


def test_the_walkthrough_names_packages_that_exist() -> None:
    """Modules and folders, from the package or from the project."""
    package = ROOT / "layers" / "fleetscan" / "fleetscan"
    text = prose(DOCS / "walkthrough.md")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|\.sh))`", text))
    homes = (ROOT, package, package / "render")

    assert len(named) > 10
    assert sorted(name for name in named if not any((home / name).exists() for home in homes)) == []
