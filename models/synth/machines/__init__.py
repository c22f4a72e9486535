"""Vessels, cranes and people, each an articulated body with a pose."""
