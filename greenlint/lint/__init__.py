"""The static half: from a path to findings."""
