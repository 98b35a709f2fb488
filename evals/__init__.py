"""Measurements: what the project does, beside the bar that it has to meet."""
