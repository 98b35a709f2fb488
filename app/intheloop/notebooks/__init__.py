"""The service: execute(command, caller), ask(query), follow(after). Doors translate to it.

One writer decides and commits; what is committed is published to all at once.
"""

from .clock import Clock
from .origin import Origin
from .service import SYSTEM, Service
from .settings import ServiceSettings

__all__ = ["SYSTEM", "Clock", "Origin", "Service", "ServiceSettings"]
