"""Reads the Kubernetes API of clusters through lightkube; the only package that imports a Kubernetes client.

``questions`` is the table of all lists that are requested. One module per kind of object converts it to values of the
model; ``reader`` reads the lists, page by page, within a deadline. lightkube is imported with the first cluster.
"""
