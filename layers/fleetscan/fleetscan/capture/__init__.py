"""A node's text, read into a window: the format, its sections, and the script run on this machine."""
