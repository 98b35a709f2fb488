"""Secrets: 256 random bits with a prefix that tells where they may be used."""

from __future__ import annotations

import secrets

from intheloop.values import sha256_hex

CREDENTIAL_PREFIX = "itl_"
SESSION_PREFIX = "its_"


def new_credential_secret() -> str:
    """The secret of a credential, sent as `Authorization: Bearer`."""
    return CREDENTIAL_PREFIX + secrets.token_urlsafe(32)


def new_session_secret() -> str:
    """The secret of a browser session, sent as a cookie and in no other way."""
    return SESSION_PREFIX + secrets.token_urlsafe(32)


def is_session_secret(secret: str) -> bool:
    """Whether a secret may come in a cookie alone: a session holds what no bearer token has."""
    return secret.startswith(SESSION_PREFIX)


def secret_sha256(secret: str) -> str:
    """What the log keeps of a secret."""
    return sha256_hex(secret.encode())
