"""Comparing the nodes of a cluster with each other; knows only values of the model."""
