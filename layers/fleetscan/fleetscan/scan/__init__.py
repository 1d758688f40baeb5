"""The use cases: observe every node, collect more evidence for nodes with problems, compare, store, publish."""
