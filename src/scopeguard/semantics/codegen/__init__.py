"""From a checked tree to a Python function, built as ``ast`` from a closed set of names and constants."""
