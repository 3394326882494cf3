"""Binding principals, deciding, explaining, keeping rows: what happens when a request comes."""
