"""The cookies of a browser session: its secret, which no script reads, and whose it is, which the
page reads where the server cannot be reached.

Cookies do not know ports: the name carries the port, so that two servers on one machine do not
sign each other's users out.
"""

from __future__ import annotations

from .secrets import is_session_secret


def cookie_name(host: str) -> str:
    """The cookie's name for a `Host` header, as in `intheloop_8765`."""
    port = host.rpartition("]")[2].rpartition(":")[2]
    return f"intheloop_{port}" if port.isdigit() else "intheloop"


def session_cookie(host: str, secret: str, days: int, *, secure: bool) -> str:
    """The value of `Set-Cookie` that signs a browser in."""
    flags = "HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
    return f"{cookie_name(host)}={secret}; Path=/; Max-Age={days * 86_400}; {flags}"


def person_cookie(host: str, person_id: str, days: int, *, secure: bool) -> str:
    """The value of `Set-Cookie` that tells the page who signed in. It opens nothing."""
    flags = "SameSite=Strict" + ("; Secure" if secure else "")
    return f"{cookie_name(host)}_person={person_id}; Path=/; Max-Age={days * 86_400}; {flags}"


def session_secret(host: str, header: str) -> str | None:
    """The session's secret in a `Cookie` header, if there is one of this server.

    Other programs on this machine set cookies too, in whatever form; they are passed over.
    """
    wanted = cookie_name(host)
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted and is_session_secret(value):
            return value
    return None
