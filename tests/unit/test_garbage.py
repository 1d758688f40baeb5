"""Python's search for cycles, made rare."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from fleetscan import garbage

ROOT = Path(__file__).parents[2]


def test_a_program_searches_seldom_and_never_its_modules() -> None:
    """In a process of its own, for it is the whole process that changes."""
    code = """
        import gc
        from fleetscan import garbage
        garbage.collect_seldom()
        print(gc.get_threshold(), gc.get_freeze_count() > 1_000, gc.isenabled())
    """
    expected = f"({garbage.YOUNG_OBJECTS}, {garbage.YOUNG_SEARCHES}, {garbage.YOUNG_SEARCHES}) True True\n"

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert expected == done.stdout
