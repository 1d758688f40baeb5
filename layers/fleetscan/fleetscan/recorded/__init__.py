"""A recorded scan in a folder: read back strictly, written, and given to a scan in the place of an account."""
