"""Comparing nodes with each other and with their own past; knows only values of the model."""
