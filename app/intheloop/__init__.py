"""In The Loop: the shared, event-sourced notebook. Every layer of the server lives in this package; agents do not."""
