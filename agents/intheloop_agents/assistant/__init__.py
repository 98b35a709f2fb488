"""The in-notebook assistant: a pure `next_action(state)`, effects at the edge."""
