"""Encodes values as bytes and decodes them, within size limits."""
