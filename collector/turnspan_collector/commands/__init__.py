"""One command of ``turnspan`` a module, found by iteration and loaded when called."""
