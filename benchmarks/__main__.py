"""`python -m benchmarks`."""

from benchmarks.cli import program

if __name__ == "__main__":
    program.main()
