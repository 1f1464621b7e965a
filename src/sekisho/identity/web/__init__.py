"""The door itself: sign-in, set-up, recovery, one's own account, everybody's accounts.

The console puts `middleware` before its own pages and adds `routes`. Every act is
recorded before it takes effect; what cannot be recorded does not happen.
"""

from aiohttp import web

from sekisho.identity.web import cross, everybody, mine, recover, set_up, sign_in, terminal
from sekisho.identity.web.door import CSRF, SESSION, Identity, middleware, proved

__all__ = ["CSRF", "SESSION", "Identity", "middleware", "proved", "routes"]


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return every address of this room."""
    return [
        *sign_in.routes(identity),
        *set_up.routes(identity),
        *recover.routes(identity),
        *mine.routes(identity),
        *everybody.routes(identity),
        *cross.routes(identity),
        *terminal.routes(identity),
    ]
