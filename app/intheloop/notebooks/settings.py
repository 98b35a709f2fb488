"""What the service can be told to do differently."""

from __future__ import annotations

from msgspec import Struct


class ServiceSettings(Struct, frozen=True):
    """Times in seconds.

    - `lease_s`: how long a runtime is believed to be there without a word from it.
    - `adrift_s`: how long an adrift execution waits for a runtime on the server's own machine
      before it is lost, `remote_adrift_s`: for any other.
    - `approval_s`: how long a call waits for a person's word, or that word for its use.
    - `permission_s`: how long what was allowed for the rest of a run holds at most.
    - `snapshot_records`: how many records after a snapshot make the next one.
    - `quiet_s`: how long a log must be quiet before followers get its digest.
    - `ping_s`: how often an idle stream says that it is there.
    """

    lease_s: float = 30.0
    adrift_s: float = 15.0
    remote_adrift_s: float = 86_400.0
    approval_s: float = 7 * 86_400.0
    permission_s: float = 86_400.0
    snapshot_records: int = 1000
    quiet_s: float = 2.0
    ping_s: float = 15.0
