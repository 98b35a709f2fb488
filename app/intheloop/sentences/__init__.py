"""Records told as English sentences: "Ana edited cell c3 (+12 -4)." One for every event type.

For people, in lists, logs and terminals: text is cut short and holds no control characters. What
a program decides on is read from the record itself.
"""

from .telling import Line, sentence, story, who

__all__ = ["Line", "sentence", "story", "who"]
