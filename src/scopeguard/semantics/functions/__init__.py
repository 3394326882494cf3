"""What an expression may call, one family a file: declarations (name, types, what applies them) beside the Python.

A new function goes into the table ``DECLARATIONS`` of its family; a new family into the tables of ``library``.
"""
