"""What comes of commands on cells, but for edits of a source."""

import json
from typing import Any

import msgspec
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider import stamped
from intheloop.decider.stamping import DEPTH_LIMIT
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.values import Blob, Value, inline, stream
from tests.deciding import Bench, replaced, tagged
from tests.model import NB
from tests.replaying import order, sources


def inserting(*sources: str, **more: object) -> c.InsertCells:
    cells = [c.GivenCell(source) for source in sources]
    return c.InsertCells(notebook_id=NB, cells=cells, **more)  # type: ignore[arg-type]


def moving(*cell_ids: str, after: str | None) -> c.MoveCells:
    return c.MoveCells(notebook_id=NB, cell_ids=list(cell_ids), after=after)


def clearing(*cell_ids: str) -> c.ClearOutputs:
    return c.ClearOutputs(notebook_id=NB, cell_ids=list(cell_ids) or None)


# ---------------------------------------------------------------- inserting


def test_cells_without_an_anchor_stand_at_the_end_in_the_order_given() -> None:
    bench = Bench("first")
    bench.do(inserting("second", "third"))
    assert sources(bench.nb) == ["first", "second", "third"]


def test_cells_anchored_at_null_stand_at_the_top() -> None:
    bench = Bench("first")
    bench.do(inserting("zeroth", "between", after=None))
    assert sources(bench.nb) == ["zeroth", "between", "first"]


def test_a_later_insert_at_one_anchor_stands_nearest_to_it() -> None:
    bench = Bench("first")
    bench.do(inserting("earlier", after="a"))
    bench.do(inserting("later", after="a"))
    assert sources(bench.nb) == ["first", "later", "earlier"]


def test_after_a_deleted_cell_means_in_its_place() -> None:
    bench = Bench("first", "second", "third")
    bench.delete("b")
    bench.do(inserting("new", after="b"))
    assert sources(bench.nb) == ["first", "new", "third"]


def test_the_end_is_behind_a_last_cell_that_was_deleted() -> None:
    bench = Bench("first", "second")
    bench.delete("b")
    bench.do(inserting("new"))
    assert sources(bench.nb) == ["first", "new"]


def test_an_unknown_anchor_is_refused() -> None:
    refusal = "read_notebook shows the cells"
    Bench("first").refused(NotFound, inserting("new", after="nowhere"), says=refusal)


def test_a_cell_without_an_id_gets_a_short_one_that_follows_from_the_command() -> None:
    one, other = Bench(), Bench()
    ids = one.do(inserting("x", "y"), command_id="same").cell_ids
    assert ids == other.do(inserting("x", "y"), command_id="same").cell_ids
    assert len(set(ids)) == 2 and all(len(cell_id) == 8 for cell_id in ids)
    assert other.do(inserting("x"), "bot", command_id="same").cell_ids[0] not in ids


def test_the_id_that_a_client_chose_is_kept() -> None:
    bench = Bench()
    bench.insert("my_own-Id", "x")
    assert order(bench.nb) == "my_own-Id"


@pytest.mark.parametrize("deleted", [False, True])
def test_an_id_that_this_notebook_has_used_is_refused_for_ever(deleted: bool) -> None:
    bench = Bench("x")
    if deleted:
        bench.delete("a")
    again = c.InsertCells(notebook_id=NB, cells=[c.GivenCell("y", cell_id="a")])
    bench.refused(BadArgument, again, says="choose another cell id, or leave it out")


def test_two_new_cells_of_one_id_are_refused() -> None:
    cells = [c.GivenCell("x", cell_id="n"), c.GivenCell("y", cell_id="n")]
    Bench().refused(BadArgument, c.InsertCells(notebook_id=NB, cells=cells), says="choose another")


def test_a_derived_id_gives_way_to_one_chosen_in_the_same_command() -> None:
    derived = Bench().do(inserting("x"), command_id="k").cell_ids[0]
    cells = [c.GivenCell("x"), c.GivenCell("y", cell_id=derived)]
    answer = Bench().do(c.InsertCells(notebook_id=NB, cells=cells), command_id="k")
    assert answer.cell_ids[0] != derived and answer.cell_ids[1] == derived


def test_a_derived_id_gives_way_to_one_that_is_taken() -> None:
    derived = Bench().do(inserting("x"), command_id="k").cell_ids[0]
    bench = Bench()
    bench.insert(derived)
    assert bench.do(inserting("x"), command_id="k").cell_ids[0] != derived


def test_an_inserted_cell_keeps_all_that_was_given() -> None:
    bench = Bench()
    given = c.GivenCell(
        "x",
        "markdown",
        "n",
        tagged("t"),
        {"a.png": {"image/png": inline(b'"iVBO"')}},
        [stream("stdout", "saved")],
        7,
        inline(b'{"keys":{}}'),
    )
    bench.do(c.InsertCells(notebook_id=NB, cells=[given]))
    cell = bench.cell("n")
    assert (cell.cell_type, cell.source, cell.execution_count) == ("markdown", "x", 7)
    assert (cell.metadata, cell.attachments) == (given.metadata, given.attachments)
    assert (cell.outputs, cell.extra) == ((stream("stdout", "saved"),), given.extra)


def test_a_source_above_one_mebibyte_is_refused() -> None:
    Bench().refused(TooLarge, inserting("é" * (512 * 1024) + "!"), says="split the cell")
    Bench().do(inserting("é" * (512 * 1024)))


def test_a_blob_must_have_been_put_into_this_notebook_before_it_is_named() -> None:
    bench = Bench()
    value = Value("ab" * 32, blob=Blob(40_000, "base64"))
    given = c.GivenCell("x", "markdown", "n", attachments={"a.png": {"image/png": value}})
    insert = c.InsertCells(notebook_id=NB, cells=[given])
    bench.refused(BadArgument, insert, says="upload it there first")
    bench.blobs["another"] = {value.sha256}
    bench.refused(BadArgument, insert, says="upload it there first")
    bench.blobs[NB] = {value.sha256}
    bench.do(insert)
    assert bench.cell("n").attachments["a.png"]["image/png"] == value


def test_an_attachment_above_32_kib_must_be_a_blob() -> None:
    value = inline(b'"' + b"x" * 32 * 1024 + b'"')
    given = c.GivenCell(attachments={"a.png": {"image/png": value}})
    insert = c.InsertCells(notebook_id=NB, cells=[given])
    Bench().refused(TooLarge, insert, says="upload it as a blob")


@pytest.mark.parametrize(
    ("metadata", "says"),
    [(inline(b"[]"), "send one, as in {}"), (Value("ab" * 32, blob=Blob(9)), "send its JSON")],
)
def test_metadata_is_an_object_inline(metadata: Value, says: str) -> None:
    bench = Bench("x")
    bench.blobs[NB] = {"ab" * 32}
    cells = [c.GivenCell(metadata=metadata)]
    bench.refused(BadArgument, c.InsertCells(notebook_id=NB, cells=cells), says=says)
    for cell_id in ("a", None):
        setting = c.SetMetadata(notebook_id=NB, metadata=metadata, cell_id=cell_id)
        bench.refused(BadArgument, setting, says=says)
    bench.refused(BadArgument, c.CreateNotebook(metadata=metadata), says=says)


# ------------------------------------------------------------------- moving


def test_moved_cells_stand_after_their_anchor_in_the_order_given() -> None:
    bench = Bench("1", "2", "3", "4")
    bench.do(moving("d", "b", after=None))
    assert order(bench.nb) == "d b a c"
    bench.do(moving("a", after="c"))
    assert order(bench.nb) == "d b c a"


def test_one_move_is_one_event() -> None:
    bench = Bench("1", "2", "3")
    assert bench.new_events(moving("c", after="a")) == [e.CellMoved("c", "a")]


@pytest.mark.parametrize(
    ("cell_ids", "after"), [("b", "a"), ("a", None), ("b", "b"), ("ab", None), ("bc", "a")]
)
def test_a_move_that_changes_nothing_appends_nothing(cell_ids: str, after: str | None) -> None:
    assert Bench("1", "2", "3").new_events(moving(*cell_ids, after=after)) == []


def test_only_the_cells_of_a_move_that_change_their_place_make_events() -> None:
    bench = Bench("1", "2", "3")
    assert bench.new_events(moving("a", "c", after="b")) == [e.CellMoved("a", "b")]
    assert bench.new_events(moving("a", "c", after="b")) == []
    assert bench.new_events(moving("c", "a", after="b")) == [e.CellMoved("c", "b")]


def test_a_cell_moved_after_a_deleted_one_takes_its_place() -> None:
    bench = Bench("1", "2", "3", "4")
    bench.delete("b")
    bench.do(moving("d", after="b"))
    assert order(bench.nb) == "a d c"


def test_the_first_of_moved_cells_may_be_their_anchor() -> None:
    bench = Bench("1", "2", "3")
    bench.do(moving("a", "c", after="a"))
    assert order(bench.nb) == "a c b"


def test_a_later_one_of_moved_cells_cannot_be_their_anchor() -> None:
    bench = Bench("1", "2")
    bench.refused(BadArgument, moving("a", "b", after="b"), says="name one that stays")


def test_a_cell_named_twice_in_a_move_is_refused() -> None:
    Bench("1", "2").refused(BadArgument, moving("b", "b", after=None), says="name each cell")


def test_moving_an_unknown_or_deleted_cell_is_refused() -> None:
    bench = Bench("1", "2")
    bench.refused(NotFound, moving("z", after=None), says="read_notebook shows the cells")
    bench.refused(NotFound, moving("a", after="z"), says="read_notebook shows the cells")
    bench.delete("b")
    refusal = bench.refused(Conflict, moving("b", after=None), says="restore_notebook")
    assert refusal.extra == {"cell_id": "b", "deleted": True}


# ----------------------------------------------------------------- deleting


def test_deleted_cells_are_out_of_sight_and_named_twice_deleted_once() -> None:
    bench = Bench("1", "2", "3")
    events = bench.new_events(c.DeleteCells(notebook_id=NB, cell_ids=["a", "c", "a"]))
    assert events == [e.CellDeleted("a"), e.CellDeleted("c")]
    assert order(bench.nb) == "b"


def test_deleting_a_queued_cell_cancels_it_first() -> None:
    bench = Bench("1", "2")
    first, _, second = bench.run("a", "b", "a")
    events = bench.new_events(c.DeleteCells(notebook_id=NB, cell_ids=["a"]))
    why = "Its cell was deleted while it was queued."
    assert events == [
        e.ExecutionCompleted(first, "cancelled", why),
        e.ExecutionCompleted(second, "cancelled", why),
        e.CellDeleted("a"),
    ]


def test_a_running_cell_that_is_deleted_runs_to_its_end() -> None:
    bench = Bench("1")
    execution_id = bench.running("a")
    bench.delete("a")
    bench.append(execution_id, 0)
    bench.complete(execution_id)
    assert execution_id not in bench.nb.executions


def test_deleting_what_is_not_there_is_refused() -> None:
    bench = Bench("1", "2")
    both = c.DeleteCells(notebook_id=NB, cell_ids=["a", "z"])
    bench.refused(NotFound, both, says="read_notebook shows the cells")
    bench.delete("a")
    bench.refused(Conflict, both, says="restore_notebook")


# ------------------------------------------------------------ type, outputs


def test_a_cell_changes_its_type_once() -> None:
    bench = Bench("1")
    change = c.ChangeCellType(notebook_id=NB, cell_id="a", cell_type="raw")
    assert bench.new_events(change) == [e.CellTypeChanged("a", "raw")]
    assert bench.new_events(change) == []


def test_only_a_cell_in_sight_changes_its_type() -> None:
    bench = Bench("1")
    change = c.ChangeCellType(notebook_id=NB, cell_id="z", cell_type="raw")
    bench.refused(NotFound, change, says="read_notebook")


def test_clearing_touches_only_cells_that_show_something() -> None:
    bench = Bench("1", "2")
    bench.insert("s", "3", outputs=[stream("stdout", "saved")])
    bench.insert("n", "4", execution_count=3)
    bench.complete(bench.running("b"))
    cleared = [e.CellOutputsCleared(cell_id) for cell_id in "bsn"]
    assert bench.new_events(clearing()) == cleared
    assert bench.new_events(clearing()) == []


def test_named_cells_alone_are_cleared() -> None:
    bench = Bench()
    for cell_id in "xyz":
        bench.insert(cell_id, outputs=[stream("stdout", "saved")])
    assert bench.new_events(clearing("y", "y")) == [e.CellOutputsCleared("y")]
    bench.refused(NotFound, clearing("x", "q"), says="read_notebook")


# ----------------------------------------------------------------- metadata


def test_metadata_of_a_cell_is_replaced_whole_and_the_same_appends_nothing() -> None:
    bench = Bench("1")
    setting = c.SetMetadata(notebook_id=NB, metadata=tagged("t"), cell_id="a")
    assert bench.new_events(setting) == [e.CellMetadataChanged("a", tagged("t"))]
    assert bench.new_events(setting) == []
    gone = c.SetMetadata(notebook_id=NB, metadata=tagged(), cell_id="z")
    bench.refused(NotFound, gone, says="read_notebook")


def test_files_are_attached_beside_those_that_are_there_and_taken_away_by_name() -> None:
    bench = Bench("1")
    png = {"image/png": inline(b'"iVBORw0KGgo="')}
    gif = {"image/gif": inline(b'"R0lGODlh"')}

    def attaching(**files: Any) -> c.AttachFiles:
        return c.AttachFiles(notebook_id=NB, cell_id="a", attachments=files)

    bench.do(attaching(heron=png))
    bench.do(attaching(egret=png), "bot")
    assert bench.cell("a").attachments == {"heron": png, "egret": png}
    again = attaching(heron=png, egret=gif, crow=None)
    assert bench.new_events(again) == [e.CellAttachmentsChanged("a", {"egret": gif})]
    bench.do(attaching(heron=None))
    assert bench.cell("a").attachments == {"egret": gif}
    assert bench.new_events(attaching(heron=None)) == []


def test_a_file_beside_the_log_is_attached_once_it_is_there() -> None:
    bench = Bench("1")
    value = Value("ab" * 32, blob=Blob(40_000, "base64"))
    attaching = c.AttachFiles(
        notebook_id=NB, cell_id="a", attachments={"a.png": {"image/png": value}}
    )
    bench.refused(BadArgument, attaching, says="upload it there first")
    bench.blobs[NB] = {value.sha256}
    bench.do(attaching)
    assert bench.cell("a").attachments == {"a.png": {"image/png": value}}
    too_long = inline(b'"' + b"x" * 40_000 + b'"')
    with pytest.raises(TooLarge, match="upload it as a blob"):
        stamped(msgspec.structs.replace(attaching, attachments={"a": {"image/png": too_long}}))


def test_a_stamp_that_a_client_sends_is_not_believed() -> None:
    bench = Bench("1")
    lying = Value("0" * 64, json=msgspec.Raw(b'{"tags":["t"]}'))
    bench.do(c.SetMetadata(notebook_id=NB, metadata=lying, cell_id="a"))
    assert bench.cell("a").metadata == tagged("t")


def test_metadata_above_one_mebibyte_is_refused() -> None:
    bench = Bench("1")
    setting = c.SetMetadata(notebook_id=NB, metadata=tagged("x" * 1024 * 1024), cell_id="a")
    bench.refused(TooLarge, setting, says="too large to stand in the log")


def test_metadata_above_32_kib_stays_in_the_log() -> None:
    bench = Bench()
    long = tagged("x" * 40_000)
    bench.insert("n", metadata=long)
    bench.do(c.SetMetadata(notebook_id=NB, metadata=long))
    assert bench.cell("n").metadata == bench.nb.metadata == long


def test_a_value_that_is_nested_too_deep_for_some_reader_is_refused() -> None:
    bench = Bench("1")

    def nested(depth: int, inner: str = "") -> c.SetMetadata:
        raw = b'{"a":' * depth + json.dumps(inner).encode() + b"}" * depth
        return c.SetMetadata(notebook_id=NB, metadata=inline(raw))

    bench.do(nested(DEPTH_LIMIT))
    bench.refused(BadArgument, nested(DEPTH_LIMIT + 1), says="flatten it")
    bench.do(nested(1, "[{" * DEPTH_LIMIT + '"[\\'))
    broad = b'{"a":[' + b"{}," * DEPTH_LIMIT + b"{}]}"
    bench.do(c.SetMetadata(notebook_id=NB, metadata=inline(broad)))


def test_a_value_that_is_no_json_is_refused() -> None:
    """No JSON that reaches the decider holds one; a caller in Python might."""
    broken = Value("", json=msgspec.Raw(b'{"a":'))
    with pytest.raises(BadArgument, match="Mend it"):
        stamped(c.SetMetadata(notebook_id=NB, metadata=broken))


def test_a_value_is_either_json_or_a_blob() -> None:
    bench = Bench("1")
    for value in (Value("ab" * 32), Value("", blob=Blob(9))):
        cells = [c.GivenCell(attachments={"a": {"b": value}})]
        insert = c.InsertCells(notebook_id=NB, cells=cells)
        bench.refused(BadArgument, insert, says="give one")
    both = Value("ab" * 32, json=msgspec.Raw(b"1"), blob=Blob(9))
    cells = [c.GivenCell(attachments={"a": {"b": both}})]
    insert = c.InsertCells(notebook_id=NB, cells=cells)
    bench.refused(BadArgument, insert, says="give only one")


def test_edits_are_refused_in_a_notebook_that_is_not_there() -> None:
    edit = c.EditCell(notebook_id="other", cell_id="a", edits=replaced("a", "b"))
    Bench("a").refused(NotFound, edit, says="list_notebooks shows those that you may")
