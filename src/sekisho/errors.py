"""Every error Sekisho raises, on one page.

A class exists only where a caller does something different with it. Each error
carries a message id and arguments; the sentence is made at the door, in the
reader's language, by `sekisho.pages.words`. Arguments never hold a patient's or
a staff member's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Value = str | int | float | Sequence[str] | Mapping[str, str]
"""What a sentence may name. A list is joined, ``{"message": id}`` and a text by language are said
in the language of the reader (`sekisho.pages.words.say`)."""


class Error(Exception):
    """Something Sekisho could not do.

    Attributes:
        message: Id of the text, for instance ``collect.no_time_column``.
        args_: Values that the text names.
    """

    def __init__(self, message: str, /, **args: object) -> None:
        detail = " ".join(f"{name}={value!r}" for name, value in args.items())
        super().__init__(f"{message} {detail}".strip())
        self.message = message
        self.args_ = args

    def values(self) -> dict[str, Value]:
        """Return the arguments as they can be kept: what is no value of a sentence, as text."""
        return {name: _value(given) for name, given in self.args_.items()}


def _value(given: object) -> Value:
    if isinstance(given, str | int | float):
        return given
    if isinstance(given, Mapping):
        return {str(name): str(one) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return [str(one) for one in given]
    return str(given)


class InvalidInputError(Error):
    """The input is wrong: mend it and call again (exit code 2)."""


class RefusedError(Error):
    """This person may not do this, or not now. Used at doors only."""


class TamperError(Error):
    """What is stored is not what was recorded: stop and tell a human."""


class ConflictError(Error):
    """Someone else holds or changed it: try again, or end the other first."""


class UnavailableError(Error):
    """Something outside is down: report "not checked"; nothing was lost."""
