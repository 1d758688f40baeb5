"""A report as text, JSON, HTML and messages. Pure functions, no AWS."""
