"""Who is asking: a bearer credential, or the session that a browser's cookie names.

A session's secret is taken from the cookie alone and a credential's from the header alone, so that
no bearer token ever carries what only a session may do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from starlette.types import Scope

from intheloop.access import (
    OneTimeCodes,
    is_session_secret,
    new_session_secret,
    person_cookie,
    secret_sha256,
    session_cookie,
    session_secret,
)
from intheloop.commands import ListPeople, OpenSession, People
from intheloop.decider import Caller
from intheloop.errors import Denied, Unauthenticated
from intheloop.notebook import Credential
from intheloop.notebooks import SYSTEM, Origin, Service

from .guard import HARMLESS
from .reading import client_of, headers_of

SIGN_IN = (
    "Open the link that `intheloop serve` prints, run `intheloop open`, or send a credential as "
    "`Authorization: Bearer SECRET`."
)

Cookies: TypeAlias = tuple[str, ...]
"""What `Set-Cookie` is to say."""


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Signing:
    """Finds callers and opens sessions. `clock` tells the time in UTC."""

    def __init__(
        self,
        service: Service,
        codes: OneTimeCodes,
        session_days: int,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._service = service
        self._codes = codes
        self._session_days = session_days
        self._clock = clock

    def caller(self, scope: Scope) -> Caller:
        """Who sent this request. Raises Unauthenticated, or Denied for a forged one."""
        headers = headers_of(scope)
        given = headers.get("authorization")
        if given is not None:
            scheme, _, secret = given.partition(" ")
            if scheme.lower() != "bearer" or not secret or is_session_secret(secret):
                raise Unauthenticated(f"This is no bearer credential. {SIGN_IN}")
            return self._service.sign_in(secret.strip(), client_of(scope))
        session = session_secret(headers.get("host", ""), headers.get("cookie", ""))
        if session is None:
            raise Unauthenticated(f"Nobody is signed in. {SIGN_IN}")
        if scope["method"] not in HARMLESS:
            _require_own_page(headers)
        caller = self._service.sign_in(session, client_of(scope))
        _require_person(headers, caller)
        return caller

    def linked(self, code: str) -> str | None:
        """The name of the person whom this link still lets in; opening it does not use it up, for
        programs that only want to show what a link leads to open links, too."""
        found = self._link(code)
        return None if found is None else self._service.workspace.people[found.person_id].name

    def _link(self, code: str) -> Credential | None:
        workspace = self._service.workspace
        credential_id = workspace.by_secret.get(secret_sha256(code), "")
        found = workspace.credentials.get(credential_id)
        return found if found is not None and found.kind == "link" else None

    async def use_link(self, code: str, scope: Scope) -> Cookies:
        """The cookies of the session for which a link is given; none if there is no such link.
        Raises Denied for one that is over."""
        found = self._link(code)
        if found is None:
            return ()
        return await self._session(found.person_id, scope, secret_sha256(code))

    async def open_session(self, code: str, scope: Scope) -> Cookies:
        """The cookies of a new session; none when the code lets nobody in (any more)."""
        person_id = self._codes.take(code)
        return () if person_id is None else await self._session(person_id, scope)

    async def _session(
        self, person_id: str, scope: Scope, link_sha256: str | None = None
    ) -> Cookies:
        secret = new_session_secret()
        ends = self._clock() + timedelta(days=self._session_days)
        command = OpenSession(
            person_id=person_id,
            label=await self._label(person_id),
            secret_sha256=secret_sha256(secret),
            expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            link_sha256=link_sha256,
        )
        await self._service.execute(command, SYSTEM, Origin(command_id=secret_sha256(secret)))
        host, days = headers_of(scope).get("host", ""), self._session_days
        secure = scope["scheme"] == "https"
        return (
            session_cookie(host, secret, days, secure=secure),
            person_cookie(host, person_id, days, secure=secure),
        )

    async def _label(self, person_id: str) -> str:
        people = await self._service.ask(ListPeople(), SYSTEM)
        assert isinstance(people, People)
        names = {line.person.person_id: line.person.name for line in people.people}
        return f"{names.get(person_id, person_id)[:80]}'s browser"


def _require_person(headers: dict[str, str], caller: Caller) -> None:
    """A page that was opened by one person asks for nothing, and sends nothing, as the next."""
    person = headers.get("loop-person")
    if person and person != caller.actor.id:
        raise Unauthenticated(
            f"{caller.actor.name} is signed in in this browser now; load the page anew."
        )


def _require_own_page(headers: dict[str, str]) -> None:
    """A browser sends its cookie along for others too; these headers no page can forge.

    That an Origin is the own one was checked before.
    """
    if "origin" in headers or headers.get("sec-fetch-site") in ("same-origin", "none"):
        return
    raise Denied(
        "A signed-in browser changes things from the server's own page alone; programs send a "
        "credential as `Authorization: Bearer SECRET`."
    )
