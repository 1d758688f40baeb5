"""A report as text for a terminal or a mail."""
