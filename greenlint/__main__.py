"""`python -m greenlint` and the `greenlint` script: the command line."""

import sys


def run() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # before anything is imported: scripts ask often
        from greenlint import __version__

        sys.stdout.write(f"greenlint {__version__}\n")
        return 0
    from greenlint.cli.app import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
