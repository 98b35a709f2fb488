"""What proves who is asking: secrets, their hashes, one-time codes and the session cookie.

Makes and reads proofs. Who may do what is decided elsewhere, and no secret is kept here in clear.
"""

from .codes import OneTimeCodes
from .cookie import cookie_name, person_cookie, session_cookie, session_secret
from .secrets import (
    is_session_secret,
    new_credential_secret,
    new_session_secret,
    secret_sha256,
)

__all__ = [
    "OneTimeCodes",
    "cookie_name",
    "is_session_secret",
    "new_credential_secret",
    "new_session_secret",
    "person_cookie",
    "secret_sha256",
    "session_cookie",
    "session_secret",
]
