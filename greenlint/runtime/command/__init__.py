"""Any command, held to a budget from outside: what `greenlint run` does."""
