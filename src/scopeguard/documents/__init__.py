"""Strict YAML with positions, the schema of policy files, loading: the only place that imports yaml and pydantic."""
