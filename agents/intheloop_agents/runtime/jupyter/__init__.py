"""One kernel, by Jupyter's protocol: its process, its messages, what it says as plain values.

Knows no log and no notebook.
"""
