"""Amounts with units, as a policy writes them: "2.5 kWh", "600 gCO2e", "150 gCO2e/kWh", "4y"."""
