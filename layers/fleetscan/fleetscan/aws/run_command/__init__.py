"""SSM Run Command: sending the script to the nodes and reading what they print."""
