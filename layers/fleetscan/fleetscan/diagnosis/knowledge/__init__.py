"""What is known of software, caches and instance types: data with sources, read strictly."""
