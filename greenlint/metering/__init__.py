"""How much energy work uses: one meter per process, and fair shares of it."""
