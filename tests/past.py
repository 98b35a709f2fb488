"""What tests of the history do to a notebook and in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from intheloop.access import new_credential_secret, secret_sha256
from tests.browsing import House

if TYPE_CHECKING:
    from playwright.sync_api import Page


def agent(house: House, label: str = "Claude Code") -> httpx2.Client:
    """A program that acts for the owner."""
    secret = new_credential_secret()
    house.call(
        "issue_credential",
        kind="assistant",
        label=label,
        scopes=["notebook:read", "notebook:write", "notebook:run"],
        secret_sha256=secret_sha256(secret),
    )
    headers = {"Authorization": f"Bearer {secret}", "Loop-Client": "claude-code/2.1"}
    return httpx2.Client(base_url=house.address, headers=headers, trust_env=False)


def edit(house: House, notebook_id: str, cell_id: str, source: str) -> int:
    """A cell's new text; answers with the seq."""
    found = house.call("read_notebook", notebook_id=notebook_id, cells=[cell_id])["cells"][0]
    done = house.call(
        "edit_cell",
        notebook_id=notebook_id,
        cell_id=cell_id,
        base_rev=found["rev"],
        source=source,
    )
    seq: int = done["seq"]
    return seq


def slide(page: Page, at: int) -> None:
    page.get_by_role("slider", name="Moment").evaluate(
        """(slider, at) => {
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
          set.call(slider, at);
          slider.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        str(at),
    )


def line(page: Page, text: str) -> None:
    """A line of this text is in sight."""
    page.get_by_role("option").filter(has_text=text).first.wait_for()


def paths(page: Page) -> list[str]:
    return [one.get_attribute("d") or "" for one in page.locator(".lane path").all()]
