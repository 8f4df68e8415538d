"""Callbacks that end a training cleanly when its budget is used up, one module per trainer."""
