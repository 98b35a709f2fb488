"""What comes of commands on comments."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound
from intheloop.notebook import Comment
from tests.deciding import Bench
from tests.model import NB


def adding(text: str = "Why?", **more: str) -> c.AddComment:
    return c.AddComment(notebook_id=NB, text=text, **more)


def test_a_comment_knows_its_author_its_time_and_its_place() -> None:
    bench = Bench("1")
    comment_id = bench.do(adding(cell_id="a"), "bot").comment_id
    assert bench.nb.comments[comment_id] == Comment(comment_id, "Why?", "bot", bench.now, "a")


def test_a_comment_answers_another_one() -> None:
    bench = Bench()
    bench.do(adding(comment_id="k1"))
    answer = bench.do(adding("Because.", reply_to="k1"), "bot")
    assert bench.nb.comments[answer.comment_id].reply_to == "k1"


def test_its_id_follows_from_the_command_unless_the_client_chose_one() -> None:
    ids = [Bench().do(adding(), command_id=key).comment_id for key in ("k", "k", "k2")]
    assert ids[0] == ids[1] != ids[2]
    bench = Bench()
    assert bench.do(adding(comment_id="k1")).comment_id == "k1"
    bench.refused(BadArgument, adding(comment_id="k1"), says="choose another comment id")


def test_what_is_commented_on_must_be_there() -> None:
    bench = Bench("1")
    bench.refused(NotFound, adding(cell_id="z"), says="read_notebook")
    bench.refused(NotFound, adding(reply_to="k9"), says="read_notebook shows the comments")
    bench.delete("a")
    bench.refused(Conflict, adding(cell_id="a"), says="restore_notebook")


def test_a_comment_is_resolved_and_reopened_once_each() -> None:
    bench = Bench()
    bench.do(adding(comment_id="k1"))
    resolve = c.ResolveComment(notebook_id=NB, comment_id="k1")
    reopen = c.ReopenComment(notebook_id=NB, comment_id="k1")
    assert bench.new_events(reopen) == []
    assert bench.new_events(resolve, "bot") == [e.CommentResolved("k1")]
    assert bench.new_events(resolve) == []
    assert bench.new_events(reopen) == [e.CommentReopened("k1")]


@pytest.mark.parametrize("tool", [c.ResolveComment, c.ReopenComment])
def test_an_unknown_comment_is_refused(tool: type[c.ResolveComment | c.ReopenComment]) -> None:
    command = tool(notebook_id=NB, comment_id="k9")
    Bench().refused(NotFound, command, says="read_notebook shows the comments")
