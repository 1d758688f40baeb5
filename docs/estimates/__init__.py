"""Estimates for the docs: what a month costs and what a scan of 50,000 nodes takes. Pure; numbers come with sources."""
