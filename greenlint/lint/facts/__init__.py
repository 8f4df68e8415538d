"""What is known of one module: names, values, calls, loops, and what they mean for energy."""
