"""Tests of the project; shared pieces are imported as `tests.<module>`."""
