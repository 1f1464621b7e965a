"""Names covered until the institution has said who may see them, why, and who watches that."""

from __future__ import annotations

from dataclasses import dataclass, field

from sekisho.pages import say


@dataclass(slots=True)
class Veil:
    """Gives ids as they are, or, while covered, 職員1 and 患者1 in their order on the page.

    Attributes:
        covered: Whether ids are hidden.
    """

    covered: bool
    language: str
    _users: dict[str, str] = field(default_factory=dict)
    _patients: dict[str, str] = field(default_factory=dict)

    def user(self, user_id: str | None) -> str:
        """Return how a staff id is shown."""
        if user_id is None or not self.covered:
            return user_id or "–"
        return self._users.setdefault(
            user_id, say(self.language, "console.veil.user", number=len(self._users) + 1)
        )

    def patient(self, patient_id: str) -> str:
        """Return how a patient id is shown."""
        if not self.covered:
            return patient_id
        return self._patients.setdefault(
            patient_id, say(self.language, "console.veil.patient", number=len(self._patients) + 1)
        )

    def text(self, text: str) -> str:
        """Return `text` with every id that was shown before replaced by its cover."""
        if self.covered:
            for known in (self._users, self._patients):
                for real, shown in sorted(known.items(), key=lambda pair: -len(pair[0])):
                    text = text.replace(real, shown)
        return text
