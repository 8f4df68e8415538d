"""The durable record of what budgets granted and what was spent of them."""
