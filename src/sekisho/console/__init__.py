"""The console: pages for the people of the institution, built from the rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekisho.app.installation import Installation


def serve(installation: Installation) -> None:
    """Serve the console of `installation` until it is told to stop."""
    from sekisho.console.application import serve as run  # noqa: PLC0415 (aiohttp only where served)

    run(installation)


__all__ = ["serve"]
