"""The entry point of `python -m system`."""

import sys

from system.cli.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
