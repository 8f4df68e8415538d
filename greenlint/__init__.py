"""One YAML policy that holds AI code to its energy, carbon and region limits."""

__version__ = "0.1.0"
