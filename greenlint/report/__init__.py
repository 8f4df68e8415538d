"""The only code that renders findings."""
