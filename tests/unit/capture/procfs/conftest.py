"""What the tests of all parsers share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def documented() -> Callable[[ModuleType], str]:
    """Return a function that takes the sample out of a parser's docstring, so that the documentation cannot lie."""

    def sample(module: ModuleType) -> str:
        lines = (module.__doc__ or "").splitlines()
        return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))

    return sample
