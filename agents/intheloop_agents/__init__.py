"""Agents of In The Loop: runtimes and assistants. They speak the public wire protocol alone."""
