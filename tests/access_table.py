"""Who may use which tool: expected answers, written by hand.

Nothing here is derived from the tools or from the rules. `y`: allowed (whatever comes of it then),
`d`: denied, `n`: as if it were not there, `u`: nobody is signed in. The same rows are for every
door; a door sets up `PEOPLE` and `WHO` in its own way. `access_examples` has a call of each tool.
"""

from collections.abc import Iterator
from typing import NamedTuple

from intheloop import events as e

HERE, ELSEWHERE, NOWHERE = "nb", "nb2", "nb9"

# Person: admin of the workspace, role in HERE. Nobody but ada has a role in ELSEWHERE.
PEOPLE: dict[str, tuple[bool, e.Role | None]] = {
    "ana": (True, "owner"),
    "olga": (False, "owner"),
    "ed": (False, "editor"),
    "rue": (False, "runner"),
    "vic": (False, "viewer"),
    "sam": (False, None),
    "ada": (True, None),
}
SCOPES: tuple[e.Scope, ...] = (
    *("notebook:read", "notebook:write", "notebook:run", "notebook:admin"),
    *("runtime", "assistant", "audit"),
)
"""All but approve, which no credential but a session carries."""


class Who(NamedTuple):
    """Somebody with a credential. A session has all scopes, approve too."""

    person: str
    kind: str
    scopes: tuple[e.Scope, ...] = SCOPES
    notebooks: tuple[str, ...] | None = None
    state: str = "standing"


class Row(NamedTuple):
    """`who` tries the example of `tool`."""

    tool: str
    who: str
    answer: str

    def __str__(self) -> str:
        return f"{self.who}: {self.tool}"


KINDS = ("session", "human", "assistant", "service", "runtime")

# With all scopes: session, human, assistant, service, runtime of each person.
BY_ROLE = """
                       olga   ed     rue    vic    sam    ada
                       owner  editor runner viewer nobody admin
read_notebook          yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
read_history           yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
diff_notebook          yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
read_output            yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
read_execution         yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
read_batch             yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
read_runtime           yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
export_notebook        yyyyy  yyyyy  yyyyy  yyyyy  nnnnn  nnnnn
list_notebooks         yyyyy  yyyyy  yyyyy  yyyyy  yyyyy  yyyyy
who_am_i               yyyyy  yyyyy  yyyyy  yyyyy  yyyyy  yyyyy
list_people            yyyyd  yyyyd  yyyyd  yyyyd  yyyyd  yyyyd
list_people:here       yyyyd  yyyyd  yyyyd  yyyyd  nnnnd  nnnnd
list_credentials       yyddd  yyddd  yyddd  yyddd  yyddd  yyddd
create_notebook        yyyyd  yyyyd  yyyyd  yyyyd  yyyyd  yyyyd
import_notebook        yyyyd  yyyyd  yyyyd  yyyyd  yyyyd  yyyyd
rename_notebook        yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
set_metadata           yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
archive_notebook       yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
insert_cells           yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
edit_cell              yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
move_cells             yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
delete_cells           yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
change_cell_type       yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
attach_files           yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
clear_outputs          yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
restore_notebook       yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
revert_changes         yyyyd  yyyyd  ddddd  ddddd  nnnnd  nnnnd
run_cells              yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
run_code               yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
cancel_execution       yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
interrupt_kernel       yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
restart_kernel         yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
provide_input          yyyyy  yyyyy  yyyyy  ddddd  nnnnn  nnnnn
add_comment            yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
resolve_comment        yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
reopen_comment         yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
propose_changes        yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
resolve_proposal       yyddd  yyddd  ddddd  ddddd  nnddd  nnddd
withdraw_proposal      yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
resolve_approval       ydddd  ydddd  ddddd  ddddd  nnddd  nnddd
set_policy             ydddd  ddddd  ddddd  ddddd  nnddd  nnddd
revoke_permission      yyddd  ydddd  ddddd  ddddd  nnddd  nnddd
post_message           yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
cancel_assistant_run   yyyyd  yyyyd  yyyyd  ddddd  nnnnd  nnnnd
claim_assistant_run    ddydd  ddydd  ddddd  ddddd  ddndd  ddndd
renew_assistant_run    ddydd  ddydd  ddydd  ddddd  ddndd  ddndd
record_step            ddydd  ddydd  ddydd  ddddd  ddndd  ddndd
finish_assistant_run   ddydd  ddydd  ddydd  ddddd  ddndd  ddndd
register_prompt        yyydd  yyydd  yyydd  yyydd  yyydd  yyydd
read_prompt            yyyyd  yyyyd  yyyyd  yyyyd  yyyyd  yyyyd
delete_notebook        yyddd  ddddd  ddddd  ddddd  nnddd  nnddd
redact                 yyddd  ddddd  ddddd  ddddd  nnddd  nnddd
grant_role             yyddd  ddddd  ddddd  ddddd  nnddd  nnddd
revoke_role            yyddd  ddddd  ddddd  ddddd  nnddd  nnddd
attach_runtime         ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
claim_execution        ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
start_execution        ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
append_outputs         ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
complete_execution     ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
request_input          ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
report_kernel          ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
renew_lease            ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
detach_runtime         ddddy  ddddy  ddddy  ddddd  ddddn  ddddn
add_person             ddddd  ddddd  ddddd  ddddd  ddddd  yyddd
issue_credential       yyddd  yyddd  yyddd  yyddd  yyddd  yyddd
issue_link             ddddd  ddddd  ddddd  ddddd  ydddd  ydddd
revoke_credential      yyddd  nnddd  nnddd  nnddd  nnddd  yyddd
pause_agent            yyddd  nnddd  nnddd  nnddd  nnddd  yyddd
resume_agent           yyddd  nnddd  nnddd  nnddd  nnddd  yyddd
"""

# With one scope alone, of ana's: first as a person's own credential, then as a runtime's.
BY_SCOPE = """
                       read, write, run, admin, runtime, assistant, audit
read_notebook          ydddddn  ydddddn
read_history           ydddddn  ydddddn
diff_notebook          ydddddn  ydddddn
read_output            ydddddn  ydddddn
read_execution         ydddddn  ydddddn
read_batch             ydddddn  ydddddn
read_runtime           ydddddn  ydddddn
export_notebook        ydddddn  ydddddn
list_notebooks         ydddddd  ydddddd
who_am_i               yyyyyyy  yyyyyyy
list_people            yyyyyyy  ddddddd
list_people:here       yyyyyyn  ddddddd
list_credentials       yyyyyyy  ddddddd
create_notebook        dyddddd  ddddddd
import_notebook        dyddddd  ddddddd
rename_notebook        dyddddn  ddddddd
set_metadata           dyddddn  ddddddd
archive_notebook       dyddddn  ddddddd
insert_cells           dyddddn  ddddddd
edit_cell              dyddddn  ddddddd
move_cells             dyddddn  ddddddd
delete_cells           dyddddn  ddddddd
change_cell_type       dyddddn  ddddddd
attach_files           dyddddn  ddddddd
clear_outputs          dyddddn  ddddddd
restore_notebook       dyddddn  ddddddd
revert_changes         dyddddn  ddddddd
run_cells              ddydddn  ddddddd
run_code               ddydddn  ddddddd
cancel_execution       ddydddn  ddddddd
interrupt_kernel       ddydddn  ddddddd
restart_kernel         ddydddn  ddddddd
provide_input          ddydydn  ddydydn
add_comment            dyydddn  ddddddd
resolve_comment        dyydddn  ddddddd
reopen_comment         dyydddn  ddddddd
propose_changes        dyydddn  ddddddd
resolve_proposal       dyddddn  ddddddd
withdraw_proposal      dyydddn  ddddddd
resolve_approval       ddddddn  ddddddd
set_policy             ddddddn  ddddddd
revoke_permission      dddyddn  ddddddd
post_message           dyydddn  ddddddd
cancel_assistant_run   dyydddn  ddddddd
claim_assistant_run    ddddddd  ddddddd
renew_assistant_run    ddddddd  ddddddd
record_step            ddddddd  ddddddd
finish_assistant_run   ddddddd  ddddddd
register_prompt        dddddyd  ddddddd
read_prompt            yyyyyyy  ddddddd
delete_notebook        dddyddn  ddddddd
redact                 dddyddn  ddddddd
grant_role             dddyddn  ddddddd
revoke_role            dddyddn  ddddddd
attach_runtime         ddddddd  ddddydn
claim_execution        ddddddd  ddddydn
start_execution        ddddddd  ddddydn
append_outputs         ddddddd  ddddydn
complete_execution     ddddddd  ddddydn
request_input          ddddddd  ddddydn
report_kernel          ddddddd  ddddydn
renew_lease            ddddddd  ddddydn
detach_runtime         ddddddd  ddddydn
add_person             dddyddd  ddddddd
issue_credential       ydddddd  ddddddd
issue_link             ddddddd  ddddddd
revoke_credential      nnnynnn  ddddddd
pause_agent            nnnynnn  ddddddd
resume_agent           nnnynnn  ddddddd
"""

# With all scopes, of ana's: as a person's own credential, an assistant's, a runtime's.
STATES = ("expired", "revoked", "unknown", "paused", "here", "elsewhere")
BY_STATE = """
                       expired revoked unknown paused  bound to HERE, to ELSEWHERE
read_notebook          uuu     uuu     uuu     yyy     yyy            nnn
read_history           uuu     uuu     uuu     yyy     yyy            nnn
diff_notebook          uuu     uuu     uuu     yyy     yyy            nnn
read_output            uuu     uuu     uuu     yyy     yyy            nnn
read_execution         uuu     uuu     uuu     yyy     yyy            nnn
read_batch             uuu     uuu     uuu     yyy     yyy            nnn
read_runtime           uuu     uuu     uuu     yyy     yyy            nnn
export_notebook        uuu     uuu     uuu     yyy     yyy            nnn
list_notebooks         uuu     uuu     uuu     yyy     yyy            yyy
who_am_i               uuu     uuu     uuu     yyy     yyy            yyy
list_people            uuu     uuu     uuu     yyd     yyd            yyd
list_people:here       uuu     uuu     uuu     yyd     yyd            nnd
list_credentials       uuu     uuu     uuu     ydd     ydd            ydd
create_notebook        uuu     uuu     uuu     ydd     ddd            ddd
import_notebook        uuu     uuu     uuu     ydd     ddd            ddd
rename_notebook        uuu     uuu     uuu     ydd     yyd            nnd
set_metadata           uuu     uuu     uuu     ydd     yyd            nnd
archive_notebook       uuu     uuu     uuu     ydd     yyd            nnd
insert_cells           uuu     uuu     uuu     ydd     yyd            nnd
edit_cell              uuu     uuu     uuu     ydd     yyd            nnd
move_cells             uuu     uuu     uuu     ydd     yyd            nnd
delete_cells           uuu     uuu     uuu     ydd     yyd            nnd
change_cell_type       uuu     uuu     uuu     ydd     yyd            nnd
attach_files           uuu     uuu     uuu     ydd     yyd            nnd
clear_outputs          uuu     uuu     uuu     ydd     yyd            nnd
restore_notebook       uuu     uuu     uuu     ydd     yyd            nnd
revert_changes         uuu     uuu     uuu     ydd     yyd            nnd
run_cells              uuu     uuu     uuu     ydd     yyd            nnd
run_code               uuu     uuu     uuu     ydd     yyd            nnd
cancel_execution       uuu     uuu     uuu     ydd     yyd            nnd
interrupt_kernel       uuu     uuu     uuu     ydd     yyd            nnd
restart_kernel         uuu     uuu     uuu     ydd     yyd            nnd
provide_input          uuu     uuu     uuu     ydd     yyy            nnn
add_comment            uuu     uuu     uuu     ydd     yyd            nnd
resolve_comment        uuu     uuu     uuu     ydd     yyd            nnd
reopen_comment         uuu     uuu     uuu     ydd     yyd            nnd
propose_changes        uuu     uuu     uuu     ydd     yyd            nnd
resolve_proposal       uuu     uuu     uuu     ydd     ydd            ndd
withdraw_proposal      uuu     uuu     uuu     ydd     yyd            nnd
resolve_approval       uuu     uuu     uuu     ddd     ddd            ndd
set_policy             uuu     uuu     uuu     ddd     ddd            ndd
revoke_permission      uuu     uuu     uuu     ydd     ydd            ndd
post_message           uuu     uuu     uuu     ydd     yyd            nnd
cancel_assistant_run   uuu     uuu     uuu     ydd     yyd            nnd
claim_assistant_run    uuu     uuu     uuu     ddd     dyd            dnd
renew_assistant_run    uuu     uuu     uuu     ddd     dyd            dnd
record_step            uuu     uuu     uuu     ddd     dyd            dnd
finish_assistant_run   uuu     uuu     uuu     ddd     dyd            dnd
register_prompt        uuu     uuu     uuu     ydd     yyd            yyd
read_prompt            uuu     uuu     uuu     yyd     yyd            yyd
delete_notebook        uuu     uuu     uuu     ydd     ydd            ndd
redact                 uuu     uuu     uuu     ydd     ydd            ndd
grant_role             uuu     uuu     uuu     ydd     ydd            ndd
revoke_role            uuu     uuu     uuu     ydd     ydd            ndd
attach_runtime         uuu     uuu     uuu     ddd     ddy            ddn
claim_execution        uuu     uuu     uuu     ddd     ddy            ddn
start_execution        uuu     uuu     uuu     ddd     ddy            ddn
append_outputs         uuu     uuu     uuu     ddd     ddy            ddn
complete_execution     uuu     uuu     uuu     ddd     ddy            ddn
request_input          uuu     uuu     uuu     ddd     ddy            ddn
report_kernel          uuu     uuu     uuu     ddd     ddy            ddn
renew_lease            uuu     uuu     uuu     ddd     ddy            ddn
detach_runtime         uuu     uuu     uuu     ddd     ddy            ddn
add_person             uuu     uuu     uuu     ydd     ddd            ddd
issue_credential       uuu     uuu     uuu     ydd     ydd            ddd
issue_link             uuu     uuu     uuu     ddd     ddd            ddd
revoke_credential      uuu     uuu     uuu     ydd     ndd            ndd
pause_agent            uuu     uuu     uuu     ydd     ndd            ndd
resume_agent           uuu     uuu     uuu     ydd     ndd            ndd
"""

# The workspace's own log, by read_history and (`not by`) by a tool that reads notebooks alone.
WORKSPACE_LOG = """
ana session not by     d
ada human not by       d
ana session            y
ada session            y
olga session           d
sam session            d
ana human              y
ada assistant          y
ada runtime            y
olga human             d
ana human audit        y
ana runtime audit      y
ana human read         d
ana human admin        d
ana human here         d
ana assistant elsewhere d
ana assistant paused   y
ana human expired      u
ana human revoked      u
ana human unknown      u
"""

# What a role opens, of read, write, run, admin, runtime, assistant, approve, audit.
ROLES = """
owner                  yyyyyyyn
editor                 yyynyyyn
runner                 ynynynnn
viewer                 ynnnnnnn
"""

BEHIND_NO_DOOR = (
    *("lapse_lease", "lose_execution", "expire_approval", "lapse_run", "open_session"),
    "record_denials",
)


def _lines(table: str) -> Iterator[list[str]]:
    for line in table.strip("\n").splitlines():
        if not line.startswith(" "):
            yield line.split()


def _by_role() -> Iterator[Row]:
    for tool, *columns in _lines(BY_ROLE):
        for person, letters in zip(
            ("olga", "ed", "rue", "vic", "sam", "ada"), columns, strict=True
        ):
            for kind, letter in zip(KINDS, letters, strict=True):
                yield Row(tool, f"{person} {kind}", letter)


def _by_scope() -> Iterator[Row]:
    for tool, *columns in _lines(BY_SCOPE):
        for kind, letters in zip(("human", "runtime"), columns, strict=True):
            for scope, letter in zip(SCOPES, letters, strict=True):
                yield Row(tool, f"ana {kind} {scope.removeprefix('notebook:')}", letter)


def _by_state() -> Iterator[Row]:
    for tool, *columns in _lines(BY_STATE):
        for state, letters in zip(STATES, columns, strict=True):
            for kind, letter in zip(("human", "assistant", "runtime"), letters, strict=True):
                yield Row(tool, f"ana {kind} {state}", letter)


ROWS: tuple[Row, ...] = (*_by_role(), *_by_scope(), *_by_state())
WORKSPACE_ROWS: tuple[Row, ...] = tuple(
    Row("read_runtime:workspace" if who[-1] == "by" else "read_history:workspace", name, letter)
    for *who, letter in _lines(WORKSPACE_LOG)
    for name in [" ".join(who).removesuffix(" not by")]
)
SYSTEM_ROWS: tuple[Row, ...] = tuple(Row(tool, "system", "y") for tool in BEHIND_NO_DOOR)
"""The server itself, which has no credential."""


def _who(name: str) -> Who:
    person, kind, *more = name.split()
    if not more:
        return Who(person, kind)
    what = more[0]
    scopes = tuple(scope for scope in SCOPES if scope.removeprefix("notebook:") == what)
    if scopes:
        return Who(person, kind, scopes)
    bound = {"here": (HERE,), "elsewhere": (ELSEWHERE,)}.get(what)
    return Who(person, kind, notebooks=bound, state="standing" if bound else what)


WHO: dict[str, Who] = {row.who: _who(row.who) for row in (*ROWS, *WORKSPACE_ROWS)}
"""Everybody in the tables, by the name that the rows call them."""
