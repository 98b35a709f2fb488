"""Cases for the assistant, judged by what is in the notebook, its log, and a fresh kernel."""
