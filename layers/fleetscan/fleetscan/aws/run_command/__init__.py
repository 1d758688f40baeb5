"""SSM Run Command: sends the script to the nodes and reads its output."""
