"""Proofs about packs: conditions and decisions as terms of a solver (z3), whose finds the engine replays."""
