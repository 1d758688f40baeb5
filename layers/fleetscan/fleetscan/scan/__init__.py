"""The use cases: look at every node, ask further on suspicion, compare, remember, publish."""
