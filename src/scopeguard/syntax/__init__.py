"""Trees, parsing (the only place that imports lark) and printing."""
