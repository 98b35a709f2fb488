"""What a crowd does to notebooks, drawn at random, and what it learns from the answers.

Each text holds a word of its own, so that what is erased can be looked for, and `@`, where edits
go in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

import msgspec

from intheloop import commands as c
from intheloop.events import Kernel
from intheloop.values import EMPTY, Blob, DisplayOutput, Value, sha256_hex, stream


@dataclass(eq=False)
class Call:
    """What is sent, and what is known to have come of it. Neither answer nor refusal: unknown."""

    principal_id: str
    token: str
    notebook_id: str | None
    command: c.Command | None
    command_id: str = ""
    words: tuple[str, ...] = ()
    blob: bytes = b""
    answer: bytes | None = None
    refused: int | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether nobody was told what became of it."""
        return self.answer is None and self.refused is None

    def answered(self) -> Any:
        """The answer as a value."""
        assert self.answer is not None and self.command is not None
        return msgspec.json.decode(self.answer, type=self.command.ANSWER)


@dataclass(eq=False)
class Place:
    """What is believed of a notebook. `texts` is seq of a record to the call that made it."""

    notebook_id: str
    cells: list[str] = field(default_factory=list)
    texts: dict[int, Call] = field(default_factory=dict)
    is_thick: bool = False


@dataclass(frozen=True)
class Member:
    """Somebody who works on notebooks."""

    principal_id: str
    token: str
    is_person: bool


class World:
    """What all members believe together."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.places: dict[str, Place] = {}
        self.blobs: list[Call] = []
        self._count = 0

    def word(self) -> str:
        """A word that stands nowhere else."""
        return f"word{self.random.getrandbits(64):016x}"

    def place(self) -> Place:
        """A notebook that is believed to be there."""
        return self.random.choice(list(self.places.values()))

    def call(
        self, member: Member, command: c.Command, words: Sequence[str] = (), blob: bytes = b""
    ) -> Call:
        """A command about to be sent, under an id of its own."""
        self._count += 1
        command_id = f"c{self._count}-{self.random.getrandbits(32):08x}"
        notebook_id = getattr(command, "notebook_id", None)
        principal_id, token = member.principal_id, member.token
        return Call(principal_id, token, notebook_id, command, command_id, tuple(words), blob)


Deed: TypeAlias = Callable[[World, Member], list[Call] | None]
"""The calls to send one after the other; None when there is nothing to do it to."""


def create(world: World, member: Member) -> list[Call]:
    """A notebook, under its own id or one that the server chooses."""
    word = world.word()
    chosen = f"n{world.random.getrandbits(32):08x}" if world.random.random() < 0.5 else None
    command = c.CreateNotebook(title="A notebook", notebook_id=chosen, cells=_cells([word]))
    return [world.call(member, command, [word])]


def insert(world: World, member: Member) -> list[Call]:
    """A few cells."""
    return [inserting(world, member, world.place(), world.random.randint(1, 4))]


def inserting(world: World, member: Member, place: Place, count: int) -> Call:
    """That many cells at once, somewhere."""
    words = [world.word() for _ in range(count)]
    after = world.random.choice([*place.cells, None])
    command = c.InsertCells(notebook_id=place.notebook_id, cells=_cells(words), after=after)
    return world.call(member, command, words)


def _cells(words: Sequence[str]) -> list[c.GivenCell]:
    return [c.GivenCell(source=f"{word} @") for word in words]


def edit(world: World, member: Member) -> list[Call] | None:
    """One more word in a cell, whoever else is at it."""
    place, word = world.place(), world.word()
    if not place.cells:
        return None
    command = c.EditCell(
        notebook_id=place.notebook_id,
        cell_id=world.random.choice(place.cells),
        edits=[c.TextEdit(old="@", new=f"{word} @")],
    )
    return [world.call(member, command, [word])]


def move(world: World, member: Member) -> list[Call] | None:
    """Some cells to another place."""
    place = world.place()
    if len(place.cells) < 4:
        return None
    *cell_ids, after = world.random.sample(place.cells, world.random.randint(2, 4))
    command = c.MoveCells(notebook_id=place.notebook_id, cell_ids=cell_ids, after=after)
    return [world.call(member, command)]


def delete_cells(world: World, member: Member) -> list[Call] | None:
    """Some cells are deleted."""
    place = world.place()
    if len(place.cells) < 8:
        return None
    cell_ids = world.random.sample(place.cells, world.random.randint(1, 3))
    return [world.call(member, c.DeleteCells(notebook_id=place.notebook_id, cell_ids=cell_ids))]


def run(world: World, member: Member) -> list[Call]:
    """Code to be run."""
    word = world.word()
    command = c.RunCode(notebook_id=world.place().notebook_id, source=word, wait_s=0)
    return [world.call(member, command, [word])]


def comment(world: World, member: Member) -> list[Call]:
    """A comment."""
    word = world.word()
    command = c.AddComment(notebook_id=world.place().notebook_id, text=word)
    return [world.call(member, command, [word])]


def show_blob(world: World, member: Member) -> list[Call]:
    """A blob, and a cell that shows it. Now and then nobody names it."""
    place, word = world.place(), world.word()
    data = word.encode() * world.random.randint(1, 2000)
    put = Call(member.principal_id, member.token, place.notebook_id, None, words=(word,), blob=data)
    world.blobs.append(put)
    if world.random.random() < 0.2:
        return [put]
    value = Value(sha256_hex(data), blob=Blob(len(data), "text"))
    cell = c.GivenCell(outputs=[DisplayOutput(data={"text/plain": value}, metadata=EMPTY)])
    command = c.InsertCells(notebook_id=place.notebook_id, cells=[cell])
    return [put, world.call(member, command, [word], data)]


def redact(world: World, member: Member) -> list[Call] | None:
    """What a call or two recorded is erased."""
    place = world.place()
    if not member.is_person or len(place.texts) < 2 or place.is_thick:
        return None
    calls = [place.texts.pop(seq) for seq in world.random.sample(list(place.texts), 1)]
    seqs = [seq for call in calls for seq in _seqs(call)]
    for seq in seqs:
        place.texts.pop(seq, None)
    words = [word for call in calls for word in call.words]
    command = c.Redact(notebook_id=place.notebook_id, seqs=seqs, reason="It was not to be said.")
    return [world.call(member, command, words)]


def delete(world: World, member: Member) -> list[Call] | None:
    """A notebook is deleted; two always stay."""
    place = world.place()
    if not member.is_person or len(world.places) < 3 or place.is_thick:
        return None
    del world.places[place.notebook_id]
    return [world.call(member, c.DeleteNotebook(notebook_id=place.notebook_id))]


DEEDS: tuple[tuple[Deed, int], ...] = (
    (insert, 20),
    (edit, 25),
    (move, 8),
    (delete_cells, 6),
    (run, 10),
    (comment, 8),
    (show_blob, 10),
    (redact, 8),
    (create, 5),
    (delete, 3),
)
"""What is done, and how often."""


def any_deed(world: World, member: Member) -> list[Call]:
    """What this member does next."""
    deeds, weights = zip(*DEEDS, strict=True)
    while True:
        (deed,) = world.random.choices(deeds, weights)
        calls: list[Call] | None = deed(world, member)
        if calls is not None:
            return calls


def _seqs(call: Call) -> list[int]:
    """The seqs of the records that an answered call made, all of one kind."""
    last = call.answered().seq
    count = len(call.words) if isinstance(call.command, c.InsertCells) and not call.blob else 1
    return list(range(last - count + 1, last + 1))


def learn(world: World, call: Call) -> None:
    """Take in what an answer tells."""
    if isinstance(call.command, c.CreateNotebook):
        made = call.answered()
        world.places[made.notebook_id] = Place(made.notebook_id, list(made.cell_ids))
        return
    place = world.places.get(call.notebook_id or "")
    if place is None:
        return
    match call.command:
        case c.InsertCells():
            place.cells.extend(call.answered().cell_ids)
        case c.DeleteCells(cell_ids=cell_ids):
            place.cells = [cell_id for cell_id in place.cells if cell_id not in cell_ids]
    if call.words and call.command is not None and not isinstance(call.command, c.Redact):
        for seq in _seqs(call):
            place.texts[seq] = call


class Runner:
    """A runtime without a kernel: it runs what is queued by saying a word."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._member = member
        self._attached: set[str] = set()
        self._held: tuple[str, c.Claim] | None = None

    def next(self) -> Call:
        """Attach, claim, then give output with the end."""
        if self._held is not None:
            return self._call(self._ending(*self._held))
        notebook_id = self._world.place().notebook_id
        if notebook_id not in self._attached:
            kernel = Kernel("none")
            return self._call(
                c.AttachRuntime(notebook_id=notebook_id, runtime_id="runner", kernel=kernel)
            )
        start = c.Start(execution_count=1)
        return self._call(
            c.ClaimExecution(notebook_id=notebook_id, runtime_id="runner", start=start)
        )

    def _ending(self, notebook_id: str, claim: c.Claim) -> c.Command:
        said = c.Append(outputs=[stream("stdout", self._world.word())])
        if self._world.random.random() < 0.5 and claim.next_index == 0:
            self._held = (notebook_id, msgspec.structs.replace(claim, next_index=1))
            return c.AppendOutputs(
                notebook_id=notebook_id, execution_id=claim.execution_id, index=0, parts=[said]
            )
        return c.CompleteExecution(
            notebook_id=notebook_id,
            execution_id=claim.execution_id,
            status="ok",
            index=claim.next_index,
            parts=[said],
            claim_next=c.Start(execution_count=2),
        )

    def _call(self, command: c.Command) -> Call:
        return self._world.call(self._member, command)

    def learn(self, call: Call) -> None:
        """Take in what became of its last call."""
        notebook_id = call.notebook_id or ""
        if call.answer is None:
            self._held = None
            self._attached.discard(notebook_id)
        elif isinstance(call.command, c.AttachRuntime):
            self._attached.add(notebook_id)
        elif isinstance(call.command, c.ClaimExecution | c.CompleteExecution):
            claim = call.answered().claim
            self._held = None if claim is None else (notebook_id, claim)
