"""Numbers derived from a window that several rules and the investigation share, each worked out in one place."""
