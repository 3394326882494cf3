"""Hosts of a guard for other libraries: each needs the extra of its name, and none makes a rule of its own."""
