"""The sentences, names and amounts of a report, the same for every medium."""
