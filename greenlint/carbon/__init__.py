"""Where work runs, how carbon-heavy its electricity is, and what that comes to."""
