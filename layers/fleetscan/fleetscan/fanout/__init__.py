"""Fan-out: plans a scan of many accounts, Regions and shards, and combines the results."""
