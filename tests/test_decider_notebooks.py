"""What comes of commands that make, name, file away and erase notebooks."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, NotFound
from intheloop.notebook import WORKSPACE_ID
from intheloop.values import Blob, Value, inline
from tests.deciding import Bench, tagged
from tests.model import NB
from tests.replaying import order, sources


def importing(nbformat: str = "4.5", **more: object) -> c.ImportNotebook:
    imported = e.Imported("penguins.ipynb", "ef" * 32, nbformat)
    return c.ImportNotebook(title="Penguins", imported=imported, **more)  # type: ignore[arg-type]


def deleting(notebook_id: str = NB) -> c.DeleteNotebook:
    return c.DeleteNotebook(notebook_id=notebook_id)


# -------------------------------------------------------------------- making


def test_who_makes_a_notebook_owns_it() -> None:
    bench = Bench()
    bench.program("script", "service")
    bench.person("bob")
    for by, owner in [("ana", "ana"), ("bot", "ana"), ("script", "ana"), ("bob", "bob")]:
        notebook_id = bench.do(c.CreateNotebook(title="Mine"), by).notebook_id
        assert dict(bench.workspace.roles[notebook_id]) == {owner: "owner"}
        listing = bench.workspace.notebooks[notebook_id]
        assert listing.owner_id == owner


def test_a_notebook_is_made_with_its_cells_in_one_command() -> None:
    bench = Bench()
    cells = [c.GivenCell("1", cell_id="one"), c.GivenCell("# 2", "markdown")]
    answer = bench.do(
        c.CreateNotebook(title="New", notebook_id="n", metadata=tagged("t"), cells=cells)
    )
    assert answer.notebook_id == "n" and answer.cell_ids[0] == "one" and answer.seq == 3
    made = bench.notebooks["n"]
    assert (made.title, made.metadata, sources(made)) == ("New", tagged("t"), ["1", "# 2"])
    assert order(made).split() == list(answer.cell_ids)


def test_its_id_follows_from_the_command_unless_the_client_chose_one() -> None:
    one, other = Bench(), Bench()
    first = one.do(c.CreateNotebook(), command_id="k").notebook_id
    assert first == other.do(c.CreateNotebook(title="Other"), command_id="k").notebook_id
    assert first == one.do(c.CreateNotebook(), command_id="k").notebook_id
    assert first != one.do(c.CreateNotebook(), command_id="k2").notebook_id
    assert first != one.do(c.CreateNotebook(), "bot", command_id="k").notebook_id


@pytest.mark.parametrize("deleted", [False, True])
def test_the_id_of_a_notebook_never_comes_again(deleted: bool) -> None:
    bench = Bench()
    if deleted:
        bench.do(deleting())
    for command in (c.CreateNotebook(notebook_id=NB), importing(notebook_id=NB)):
        bench.refused(BadArgument, command, says="choose another, or leave it out")


def test_the_workspace_s_own_id_is_not_for_notebooks() -> None:
    command = c.CreateNotebook(notebook_id=WORKSPACE_ID)
    Bench().refused(BadArgument, command, says="choose another")


def test_an_import_keeps_where_it_comes_from_and_runs_nothing() -> None:
    bench = Bench()
    cells = [c.GivenCell("1", outputs=[], execution_count=4)]
    made = bench.notebooks[bench.do(importing(cells=cells)).notebook_id]
    assert made.imported == e.Imported("penguins.ipynb", "ef" * 32, "4.5")
    assert made.queue == () and not made.executions


@pytest.mark.parametrize("nbformat", ["", "4", "4.", "4.x", "3.0", "4.5.1", "4.5\n"])
def test_an_nbformat_that_no_export_could_go_by_is_refused(nbformat: str) -> None:
    Bench().refused(BadArgument, importing(nbformat), says="send that of the file")


def test_blobs_of_an_import_are_uploaded_first() -> None:
    bench = Bench()
    value = Value("ab" * 32, blob=Blob(40_000))
    cells = [c.GivenCell(attachments={"a": {"image/png": value}})]
    command = importing(notebook_id="n", cells=cells)
    bench.refused(BadArgument, command, says="upload it there first")
    bench.blobs["n"] = {"ab" * 32}
    bench.do(command)


def test_a_program_bound_to_some_notebooks_makes_no_new_ones() -> None:
    bench = Bench()
    bench.program("bound", "assistant", notebooks=[NB])
    for command in (c.CreateNotebook(), c.CreateNotebook(notebook_id=NB), importing()):
        bench.refused(Denied, command, "bound", says="use a credential that is not")


# -------------------------------------------------------------------- naming


def test_a_new_title_is_recorded_and_the_same_is_not() -> None:
    bench = Bench()
    rename = c.RenameNotebook(notebook_id=NB, title="Pinguine")
    assert bench.new_events(rename) == [e.NotebookRenamed("Pinguine")]
    assert bench.new_events(rename) == []


def test_metadata_of_the_notebook_is_replaced_whole_and_the_same_appends_nothing() -> None:
    bench = Bench()
    setting = c.SetMetadata(notebook_id=NB, metadata=inline(b'{"a": 1}'))
    assert bench.new_events(setting) == [e.NotebookMetadataChanged(inline(b'{"a": 1}'))]
    assert bench.new_events(setting) == []


def test_a_notebook_is_archived_and_taken_back_once_each() -> None:
    bench = Bench()
    away = c.ArchiveNotebook(notebook_id=NB)
    back = c.ArchiveNotebook(notebook_id=NB, archived=False)
    assert bench.new_events(back) == []
    assert bench.new_events(away) == [e.NotebookArchived()]
    assert bench.new_events(away) == []
    assert bench.new_events(back) == [e.NotebookUnarchived()]


# ------------------------------------------------------------------- erasing


def test_of_a_deleted_notebook_the_head_stays_in_the_workspace_s_log() -> None:
    bench = Bench("1", "2")
    assert bench.do(deleting()) == c.Done(seq=3)
    assert NB not in bench.notebooks and NB not in bench.records
    assert bench.records[WORKSPACE_ID][-1].event == e.NotebookDeleted(NB, 3, f"{3:064x}")
    listing = bench.workspace.notebooks[NB]
    assert (listing.deleted, listing.last_seq, listing.last_hash) == (True, 3, f"{3:064x}")
    assert NB not in bench.workspace.roles
    for command in (deleting(), c.RenameNotebook(notebook_id=NB, title="x")):
        bench.refused(NotFound, command, says="list_notebooks shows")


def test_a_notebook_in_which_something_runs_is_not_deleted() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.refused(Conflict, deleting(), says="cancel it first")
    bench.lapse()
    bench.refused(Conflict, deleting(), says="cancel it first")
    bench.do(c.CancelExecution(notebook_id=NB, execution_id=execution_id, force=True))
    bench.do(deleting())


def test_only_a_person_deletes_a_notebook() -> None:
    bench = Bench()
    bench.refused(Denied, deleting(), "bot", says="is for people; ask one of them")
