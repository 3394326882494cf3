"""Starts Python and ends."""
