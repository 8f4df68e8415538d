"""The policy: what it may say, how it is read, and what it means for the other halves."""
