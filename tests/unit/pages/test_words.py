"""The words: both languages complete, the same values named in both."""

from __future__ import annotations

import re

import pytest

from sekisho.errors import InvalidInputError
from sekisho.pages import explain, say
from sekisho.pages.words import FOLDER, catalogue


def test_both_languages_say_the_same_things() -> None:
    """Every message has a Japanese and an English sentence with the same named values."""
    ja, en = catalogue("ja"), catalogue("en")
    assert ja.keys() == en.keys()
    for message, sentence in ja.items():
        assert _names(sentence) == _names(en[message]), message


@pytest.mark.parametrize("room", ["pages", "console"])
def test_messages_stand_in_their_own_room(room: str) -> None:
    """A room's file holds only the room's messages."""
    for path in FOLDER.glob(f"{room}.*.po"):
        ids = re.findall(r'^msgid "(.+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        assert ids
        assert all(message.startswith(f"{room}.") for message in ids)


def test_a_sentence_is_filled_in() -> None:
    """A sentence names its values, and an unknown message shows its id."""
    assert "12" in say("ja", "console.today.more", count=12)
    assert say("ja", "no.such.message") == "no.such.message"
    assert explain("en", InvalidInputError("console.filter.day")).startswith("The day")


def test_values_are_said_in_the_readers_language() -> None:
    """A list, a message and a text by language are said as each language says them."""
    reason = {"message": "review.reason.no_user"}
    title = {"ja": "本人の記録", "en": "own record"}

    for language, first, second, third in (
        ("ja", "利用者", "本人の記録", "2026-10-01、2026-10-02"),
        ("en", "no user id", "own record", "2026-10-01, 2026-10-02"),
    ):
        assert first in say(language, "review.finding.not_judgeable.why", reason=reason)
        assert second in say(language, "review.finding.common_sign", title=title, ids=3)
        assert third in say(
            language,
            "collect.missing_days",
            file="a.csv",
            days=2,
            which=["2026-10-01", "2026-10-02"],
        )


def _names(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", sentence))
