"""Where work runs, how carbon-intensive its electricity is, and what that comes to."""
