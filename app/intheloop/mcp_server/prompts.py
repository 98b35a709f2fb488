"""The prompts that a person can pick in their client."""

from __future__ import annotations

import mcp_types as types

from intheloop.errors import BadArgument, NotFound

_NOTEBOOK = types.PromptArgument(
    name="notebook_id", description="The notebook's id.", required=True
)
_CELL = types.PromptArgument(name="cell_id", description="The cell's id.", required=True)
_AFTER = types.PromptArgument(
    name="after", description="The seq that you know the notebook at.", required=False
)

PROMPTS = (
    types.Prompt(
        name="explain_notebook",
        title="Explain a notebook",
        description="Explain what a notebook does, step by step, and what it found.",
        arguments=[_NOTEBOOK],
    ),
    types.Prompt(
        name="debug_cell",
        title="Debug a cell",
        description="Find out why a cell fails, mend it, and run it again.",
        arguments=[_NOTEBOOK, _CELL],
    ),
    types.Prompt(
        name="review_changes",
        title="Review changes",
        description="Tell what was changed in a notebook, by whom, and whether it is sound.",
        arguments=[_NOTEBOOK, _AFTER],
    ),
)

_TEXTS = {
    "explain_notebook": (
        "Read the notebook {notebook_id} with read_notebook (an outline first if it is long). "
        "Explain to somebody who has not seen it what it is for, what each step does, and what "
        "the outputs show. Name cells by their ids. Change nothing and run nothing."
    ),
    "debug_cell": (
        "The cell {cell_id} of the notebook {notebook_id} does not do what it should. Read it and "
        "the cells that it depends on, and its output. Say what is wrong. Then mend it with "
        "edit_cell, giving the rev that you read, and run it with run_cells. If somebody else "
        "changed it meanwhile, read again before you go on."
    ),
    "review_changes": (
        "Read what happened in the notebook {notebook_id} with read_history(after={after}), and "
        "the cells concerned with read_notebook. Tell who changed what, on whose behalf, and "
        "whether outputs still belong to the present sources. Point out mistakes. Change nothing."
    ),
}


def prompt(name: str, arguments: dict[str, str]) -> types.GetPromptResult:
    """The prompt, filled in. Raises NotFound or BadArgument."""
    found = next((one for one in PROMPTS if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in PROMPTS)
        raise NotFound(f"There is no prompt {name!r}; there are {names}.")
    given = {"after": "0", **arguments}
    for argument in found.arguments or ():
        if argument.required and not given.get(argument.name):
            raise BadArgument(f"The prompt {name} needs {argument.name}; give it.")
    text = types.TextContent(type="text", text=_TEXTS[name].format(**given))
    return types.GetPromptResult(
        description=found.description, messages=[types.PromptMessage(role="user", content=text)]
    )
