"""What user code calls while it runs: budgets as decorators, context managers and callbacks."""
