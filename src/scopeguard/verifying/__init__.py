"""Invariants checked over the whole domain: a search over classes of requests, whose finds the engine replays."""
