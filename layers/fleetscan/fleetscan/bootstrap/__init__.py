"""The composition root: the only place that knows the settings, the adapters and the use cases alike.

It makes ``scan.ports`` values once for each scan. Each module wires one part, so that a function starts with what it
needs and nothing else: whoever plans a scan waits for no renderer, whoever concludes one for no Run Command.
"""
