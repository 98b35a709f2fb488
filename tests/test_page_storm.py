"""Two browsers and a model hurry through one notebook while the network breaks again and again.

Each character that is typed is one of its own, so that the log tells of each: who typed it, that it
came once, and who deleted it.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.browsing import SHOWN, House
from tests.mcp_callers import model

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPERATIONS = 3_000
ROUNDS = 10
BY_MODEL = 150
BY_HAND = 40
"""Real key presses of each round, in one of the browsers."""
ANEW = (3, 7)
"""The rounds after which somebody loads the page anew, with what is unsent."""
SCRIPT = (Path(__file__).parent / "storm.js").read_text(encoding="utf-8")
MARKS = map(chr, range(0xE000, 0xF8FF))
"""Characters that nobody has a use for: each is typed once."""
WEIGHTS = {
    **{"type": 60, "erase": 12, "below": 5, "above": 3},
    **{"delete": 6, "up": 4, "down": 4, "run": 6},
}
KEYS: dict[str, dict[str, Any]] = {
    "below": {"keys": [["b", {}]], "most": 14},
    "above": {"keys": [["a", {}]], "most": 14},
    "delete": {"keys": [["d", {}], ["d", {}]], "least": 6},
    "up": {"keys": [["ArrowUp", {"altKey": True}]]},
    "down": {"keys": [["ArrowDown", {"altKey": True}]]},
    "run": {"keys": [["Enter", {"ctrlKey": True}]]},
}


class Person:
    """Somebody at a browser."""

    def __init__(self, page: Page, chance: random.Random, marks: Iterator[str]) -> None:
        self.page = page
        self._chance = chance
        self._marks = marks
        self._before: list[dict[str, Any]] = []
        page.evaluate(SCRIPT)

    def begin(self, count: int) -> None:
        """Do so many things in a hurry, while others do as well."""
        self.page.evaluate("(some) => storm.begin(some)", [self._draw() for _ in range(count)])

    def _draw(self) -> dict[str, Any]:
        chance = self._chance
        given = {"cell": chance.random(), "at": chance.random()}
        what = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if what == "type":
            return {**given, "do": "type", "text": self._words(chance.randint(1, 3))}
        if what == "erase":
            return {**given, "do": "delete", "count": chance.randint(1, 4)}
        return {**given, "do": "press", **KEYS[what]}

    def _words(self, count: int) -> str:
        return "".join(next(self._marks) for _ in range(count))

    def by_hand(self, count: int) -> None:
        """Type with so many real key presses, in cell after cell."""
        press = self.page.keyboard.press
        self.page.evaluate("storm.end()")
        for _ in range(count // 4):
            press(self._chance.choice(("ArrowDown", "ArrowUp", "j", "k")))
            press("Enter")
            self.page.keyboard.type(self._words(1))
            press("Escape")

    def load_anew(self) -> None:
        """Leave with whatever is unsent, once the device has it (the browser asks who does not wait
        for that), and come back as soon as the network lets in."""
        from playwright.sync_api import Error as PlaywrightError

        self._before.append(self.page.evaluate("storm.end()"))
        self.page.locator("[data-kept=true]").wait_for(state="attached")
        while True:
            try:
                self.page.reload()
                self.page.locator("article").first.wait_for(timeout=10_000)
                break
            except PlaywrightError:  # a page that did not come whole in bad weather
                continue
        self.page.evaluate(SCRIPT)

    def ended(self) -> dict[str, Any]:
        """What was typed, deleted and done here."""
        all_of_it = [*self._before, self.page.evaluate("storm.end()")]
        return {
            "typed": [char for one in all_of_it for char in one["typed"]],
            "deleted": [char for one in all_of_it for char in one["deleted"]],
            "done": sum(one["done"] for one in all_of_it),
        }

    def refused(self) -> list[tuple[str, str]]:
        """What is shown beside the cells, because it fits none: the cell and the text."""
        found = self.page.locator(".refusal:has(pre)").evaluate_all(
            "all => all.map((one) => [one.dataset.cellId, one.querySelector('pre').textContent])"
        )
        return [(cell_id, text) for cell_id, text in found]


class Quill:
    """A model that edits over MCP, by the same bad network. What it was told was done, was done."""

    def __init__(self, house: House, notebook: str, chance: random.Random, marks: Iterator[str]):
        self._house = house
        self._notebook = notebook
        self._chance = chance
        self._marks = marks
        self._secret = house.credential("assistant", "Quill")
        self._done = threading.Event()
        self.typed: list[str] = []
        self.perhaps: list[str] = []
        self.deleted: list[str] = []
        self.calls = 0

    @contextmanager
    def working(self) -> Iterator[None]:
        """It works inside the block, and at least till it has done its share."""
        thread = threading.Thread(target=asyncio.run, args=(self._work(),))
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join(60)
            assert not thread.is_alive()

    async def _work(self) -> None:
        while self.calls < BY_MODEL or not self._done.is_set():
            try:
                async with model(self._house.url, self._secret) as client:
                    while self.calls < BY_MODEL or not self._done.is_set():
                        await self._act(client)
                        self.calls += 1
            except Exception:  # whatever the SDK makes of a broken connection
                await asyncio.sleep(0)

    async def _act(self, client: Any) -> None:
        chance, notebook_id = self._chance, self._notebook
        read = {"notebook_id": notebook_id, "detail": "source"}
        found = (await client.call_tool("read_notebook", read)).structured_content
        cell = chance.choice(found["cells"])
        marks = [one for one in cell["source"] if one >= "\ue000"]
        if not marks:
            return
        old = chance.choice(marks)
        new = next(self._marks)
        gone = chance.random() < 0.2
        self.perhaps.append(new)
        if gone:
            self.deleted.append(old)
        edits = [{"old": old, "new": new if gone else old + new}]
        given = {"notebook_id": notebook_id, "cell_id": cell["cell_id"], "edits": edits}
        answer = await client.call_tool("edit_cell", given)
        if not answer.is_error:
            self.typed.append(new)


class Told:
    """What the log tells of each character."""

    def __init__(self, records: list[Any]) -> None:
        self.came: Counter[str] = Counter()
        self.went: set[str] = set()
        self.sources: dict[str, str] = {}
        self.gone: set[str] = set()
        for record in records:
            self._take(record["type"], record["data"])

    def _take(self, kind: str, data: Any) -> None:
        if kind == "cellCreated":
            self.came.update(data["source"])
            self.sources[data["cell_id"]] = data["source"]
        elif kind == "cellDeleted":
            self.gone.add(data["cell_id"])
        elif kind == "cellSourceEdited":
            self._edit(data["cell_id"], data["changes"])

    def _edit(self, cell_id: str, changes: list[Any]) -> None:
        before, at, after = self.sources[cell_id], 0, ""
        for part in changes:
            if isinstance(part, int):
                after += before[at : at + part]
                at += part
                continue
            text = "\n".join(part[1:])
            self.went.update(before[at : at + part[0]])
            self.came.update(text)
            after += text
            at += part[0]
        self.sources[cell_id] = after


def order_of(house: House, notebook: str) -> list[str]:
    """The cells in sight, by the server's reckoning."""
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(base_url=house.address, headers=headers, trust_env=False) as http:
        state = http.get(f"/api/notebooks/{notebook}").json()["state"]
    return [cell["cell_id"] for cell in state["cells"] if not cell.get("deleted")]


def seq_of(house: House, notebook: str) -> int:
    seq: int = house.call("read_notebook", notebook_id=notebook, detail="outline")["seq"]
    return seq


def wait_until_agreed(house: House, notebook: str, pages: list[Page]) -> None:
    """Until all that was done is with the server, and each page reckons the digest that it does."""
    for page in pages:
        sent = page.locator("[data-connection=live][data-unsent='0']")
        sent.wait_for(state="attached", timeout=90_000)
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    while True:
        seq = seq_of(house, notebook)
        try:
            for page in pages:
                page.locator(f"[data-agreed='{seq}']").wait_for(state="attached", timeout=10_000)
        except PlaywrightTimeout:
            if seq == seq_of(house, notebook):
                raise
        else:
            if seq == seq_of(house, notebook):
                return


def test_no_character_is_lost_in_a_storm(
    house: House, enter: Callable[..., Page], seed: int
) -> None:
    chance = random.Random(seed)
    notebook = house.notebook(*(f"#{number} " for number in range(8)))
    marks = iter(list(MARKS))
    people = [Person(enter(notebook), random.Random(chance.random()), marks) for _ in range(2)]
    quill = Quill(house, notebook, random.Random(chance.random()), marks)
    share = (OPERATIONS - BY_MODEL - ROUNDS * BY_HAND) // 2 // ROUNDS
    began = time.monotonic()
    with house.network.bad_weather(random.Random(chance.random())), quill.working():
        for number in range(ROUNDS):
            for person in people:
                person.begin(share)
            hand = people[number % 2]
            hand.by_hand(BY_HAND)
            if number in ANEW:
                hand.load_anew()
    stormed = time.monotonic() - began
    pages = [person.page for person in people]
    ended = [person.ended() for person in people]
    wait_until_agreed(house, notebook, pages)
    print(f"storm {stormed:.0f} s, calm after {time.monotonic() - began:.0f} s")

    told = Told(house.records(notebook))
    sources = [told.sources[cell_id] for cell_id in order_of(house, notebook)]
    shown = [one for person in people for one in person.refused()]
    refused = "".join(text for _, text in shown)
    typed = [char for one in ended for char in one["typed"]] + quill.typed
    print(
        f"{len(typed)} typed, {len(told.went)} deleted, {len(refused)} shown as refused, "
        f"{quill.calls} calls of the model, {[one['done'] for one in ended]} in the browsers"
    )
    assert not [char for char, times in told.came.items() if times > 1 and char >= "\ue000"]
    meant = {char for one in ended for char in one["deleted"]} | set(quill.deleted)
    # Only in a cell that is gone there is no place for what was typed into it.
    assert {cell_id for cell_id, _ in shown} <= told.gone
    lost = [char for char in typed if char not in {*told.came, *refused, *meant}]
    assert not lost, f"{len(lost)} characters are nowhere"
    assert not {char for char in told.went if char >= "\ue000"} - meant
    for page in pages:
        assert page.evaluate(SHOWN) == sources
