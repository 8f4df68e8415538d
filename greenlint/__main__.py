"""`python -m greenlint`: the command line."""

import sys


def run() -> int:
    """Run the command line and return its exit code."""
    from greenlint.cli.app import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
