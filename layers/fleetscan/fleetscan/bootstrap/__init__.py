"""The composition root: the only package that imports settings, adapters and use cases together.

It makes ``scan.ports`` values once for each scan. Each module wires one part, so that a function imports
only what it needs: planning a scan imports no renderer, concluding one no Run Command.
"""
