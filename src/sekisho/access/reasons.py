"""What a policy's id means, in words."""

from __future__ import annotations

from sekisho.access.book import Book, Text
from sekisho.access.cedar import MATRIX, Policy, policies
from sekisho.access.matrix import Clause
from sekisho.access.records import Effect
from sekisho.pages.words import LANGUAGES, say


class Reasons:
    """The texts of the policies of one book."""

    def __init__(self, book: Book) -> None:
        self._policies = {policy.id: policy for policy in policies(book)}
        self._clauses = {
            f"{MATRIX}{group}/{class_}/{clause.name}": (group, class_, clause)
            for (group, class_), clauses in book.matrix.items()
            for clause in clauses
        }
        self._names = {term.id: term.name for term in (*book.groups, *book.classes)}

    def policy(self, policy: str) -> Policy | None:
        """Return the policy itself; None for an id that says what was missing."""
        return self._policies.get(policy)

    def text(self, policy: str) -> Text:
        """Return what the policy says, in both languages; also of what was missing."""
        found = self._policies.get(policy)
        if found is not None and found.says is not None:
            return found.says
        if policy in self._clauses:
            return {
                language: self._of_matrix(*self._clauses[policy], language)
                for language in LANGUAGES
            }
        matter, _, name = policy.partition(":")
        message = f"access.missing.{matter.replace('-', '_')}"
        return {language: say(language, message, name=name) for language in LANGUAGES}

    def _of_matrix(self, group: str, class_: str, clause: Clause, language: str) -> str:
        join = say(language, "access.join")
        return say(
            language,
            "access.forbidden" if clause.effect is Effect.FORBID else "access.permitted",
            group=self._names[group][language],
            class_=self._names[class_][language],
            acts=join.join(say(language, f"access.act.{act}") for act in clause.acts),
            when=" ".join(
                say(language, "access.or").join(
                    say(language, f"access.when.{column}.{value}") for value in values
                )
                for column, values in clause.when
            )
            or say(language, "access.always"),
        )
