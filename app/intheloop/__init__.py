"""In The Loop: the shared, event-sourced notebook. All of the server; agents live elsewhere."""
