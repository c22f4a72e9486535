"""Rendered days of one vessel, for measuring what her camera is used to."""
