"""``python -m fleetscan.cli``: the command line where the package lies in a folder and was not installed."""

import sys

from fleetscan.cli import main

if __name__ == "__main__":
    sys.exit(main())
