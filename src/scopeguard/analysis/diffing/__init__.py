"""Who gains and who loses between two packs."""
