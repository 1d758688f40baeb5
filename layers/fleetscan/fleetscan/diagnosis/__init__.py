"""One node, diagnosed: what was measured, the rules, the investigation, the history and the forecast."""
