"""Rules that the declarative matcher cannot say; a module has the name of its rule."""
