"""A new version from a signed file, beside the old one; one step back stays open.

Nothing of the running version is touched until the new one stands whole beside
it and has proved itself on this installation's own data. Tables only grow from
one version to the next (docs/decisions/0008), so the step back needs no other
data than what is there, and loses none.
"""

from sekisho.app.update.layout import Layout, Services, Systemd, Unattended
from sekisho.app.update.steps import UpdateReport, back, update

__all__ = ["Layout", "Services", "Systemd", "Unattended", "UpdateReport", "back", "update"]
