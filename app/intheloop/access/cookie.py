"""The cookie of a browser session.

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
    return _set(host, secret, days * 86_400, secure=secure)


def clearing_cookie(host: str, *, secure: bool) -> str:
    """The value of `Set-Cookie` that takes it away."""
    return _set(host, "", 0, secure=secure)


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


def _set(host: str, value: str, max_age: int, *, secure: bool) -> str:
    flags = "; Secure" if secure else ""
    return (
        f"{cookie_name(host)}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{flags}"
    )
