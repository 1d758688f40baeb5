"""The lifecycle of a finding: opened, ongoing, resolved, muted; what is due to be reported."""
