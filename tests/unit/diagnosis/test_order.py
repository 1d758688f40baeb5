"""Worst first, and every output keeps it: who is failing now is behind nobody who has days."""

from __future__ import annotations
