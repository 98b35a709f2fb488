"""What a notebook's policy says to a kind of actor about a tool: `auto`, `ask` or `deny`.

A table and nothing else. Reading, comments and proposals are never held up; runtimes carry out
what was let through, and what only people may do is for access alone to refuse.
"""

from __future__ import annotations

from intheloop.commands import TOOLS, Deed
from intheloop.events import ActorKind, Preset, Verdict
from intheloop.notebook import Notebook, Policy

SANDBOXED = "sandboxed"
"""The capability of a runtime whose kernel reaches nothing but itself."""

DEEDS: dict[str, Deed] = {name: cls.DEED for name, cls in TOOLS.items() if cls.DEED}
"""What each tool that the gate governs does."""

PRESETS: dict[Preset, dict[Deed, Verdict]] = {
    "ask": {"edit": "ask", "remove": "ask", "run": "ask", "stop": "ask"},
    "propose": {"edit": "deny", "remove": "deny", "run": "ask", "stop": "ask"},
    "act": {"edit": "auto", "remove": "auto", "run": "auto", "stop": "auto"},
    "unattended": {"edit": "auto", "remove": "deny", "run": "auto", "stop": "auto"},
}
"""What each preset says to programs. People are asked by no preset."""

PHRASES: dict[Deed, str] = {
    "edit": "change the notebook",
    "remove": "take something away",
    "run": "run something",
    "stop": "stop something",
}


def verdict(policy: Policy, kind: ActorKind, tool: str, tainted: bool) -> Verdict:
    """What the policy says. `tainted`: what the actor goes by holds words of nobody here, and
    what it does would not stay in a sandbox. Then a preset's `auto` is `ask`; that of a rule holds,
    which somebody has made for this very tool."""
    rule = next((one for one in policy.rules if (one.kind, one.tool) == (kind, tool)), None)
    if rule is not None:
        found = rule.verdict
    elif kind == "human":
        found = "auto"
    else:
        found = PRESETS[policy.preset][DEEDS[tool]]
    if found == "auto" and tainted and rule is None and DEEDS[tool] != "stop":
        found = "ask"
    # Nobody is there to be asked.
    return "deny" if found == "ask" and policy.preset == "unattended" else found


def is_sandboxed(state: Notebook) -> bool:
    """Whether all that would run here runs in a sandbox."""
    runtimes = state.runtimes.values()
    return bool(runtimes) and all(SANDBOXED in each.capabilities for each in runtimes)
