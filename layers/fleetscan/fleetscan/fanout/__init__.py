"""A scan of more than one invocation can hold: the targets, what each of them said, and all of it together."""
