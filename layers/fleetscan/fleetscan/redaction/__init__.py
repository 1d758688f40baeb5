"""A recording without the names of whoever recorded it: each is replaced, by the same one wherever it stands."""
