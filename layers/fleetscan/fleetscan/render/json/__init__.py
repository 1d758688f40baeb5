"""A report as JSON."""
