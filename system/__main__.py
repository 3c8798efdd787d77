"""`python -m system`: the system under test, from the command line."""

import sys

from system.cli.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
