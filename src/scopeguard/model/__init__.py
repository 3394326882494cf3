"""Frozen values: principals, resources, contexts, decisions, the catalog. No I/O, no parsing of policy."""
