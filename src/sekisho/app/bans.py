"""Networks that are shut out, handed to the program that has the right to refuse their packets.

`identity` decides who is shut out, and ends it; this hands the whole list over, again and again.
The program is ``packaging/ban/ban.py``; only where ``bans.toml`` names its socket is anything
handed over, which is the institution's own choice.
"""

from __future__ import annotations

import datetime as dt
import math
import socket
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_newest, latest_evidence
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.terms import Action, Evidence, Finding, Gravity, Result

FILE = "bans.toml"
SUBJECT = "gate.packets"
PATIENCE = 15.0
RECENT = dt.timedelta(hours=1)
"""Only what failed and came in so lately leads to a ban: an old log brought in today bans nobody."""
_KEYS = {"socket": str, "from_logs": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``bans.toml`` says.

    Attributes:
        socket: Of the program that writes the packet filter.
        from_logs: Whether failures in other systems' logs shut out too.
    """

    socket: Path
    from_logs: bool = False


def read_settings(data: Path) -> Settings | None:
    """Return the settings of `data`, None where there are none.

    Raises:
        InvalidInputError: The file cannot be read, or is not in its form.
    """
    path = data / FILE
    if not path.is_file():
        return None
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError("app.bans.form", reason=str(error)) from error
    for name, value in tree.items():
        if name not in _KEYS or not isinstance(value, _KEYS[name]):
            raise InvalidInputError("app.bans.form", reason=name)
    if not tree.get("socket", "").startswith("/"):
        raise InvalidInputError("app.bans.form", reason="socket")
    return Settings(socket=Path(tree["socket"]), from_logs=tree.get("from_logs", False))


def keep_out(installation: Installation) -> None:
    """Shut out who failed in the logs, where that was chosen, and hand every standing ban over.

    Nothing where there is no ``bans.toml``.

    Raises:
        UnavailableError: The program does not answer.
    """
    from sekisho.identity.bans import standing  # noqa: PLC0415 (slow to import)

    settings = read_settings(installation.data)
    if settings is None:
        return
    if settings.from_logs:
        shut_out_of_logs(installation)
    now = installation.clock.now()
    stand = standing(installation.database, installation.clock)
    lasting = {network: math.ceil((ban.until - now).total_seconds()) for network, ban in stand.items()}  # fmt: skip
    try:
        done, refused = hand_over(settings.socket, lasting.items())
    except UnavailableError as error:
        _keep(installation, Result.NO, error.message, {})
        raise
    told = {"count": done, "refused": len(refused)}
    _keep(installation, Result.YES, "app.bans.handed", told)


def hand_over(path: Path, bans: Iterable[tuple[str, int]]) -> tuple[int, list[str]]:
    """Hand the whole list over; it takes the place of the one before.

    Args:
        path: The program's socket.
        bans: Network and whole seconds of each.

    Returns:
        How many are refused from now on, and the networks that the program never bans.

    Raises:
        UnavailableError: It does not answer, or could not do it.
    """
    text = "".join(f"ban {network} {seconds}\n" for network, seconds in bans) + "end\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
            one.settimeout(PATIENCE)
            one.connect(str(path))
            one.sendall(text.encode("ascii"))
            with one.makefile("rb") as answer:
                lines = answer.read(1 << 20).decode("ascii").split("\n")
    except (OSError, ValueError) as error:
        raise UnavailableError("app.bans.silent") from error
    done = [line.removeprefix("done ") for line in lines if line.startswith("done ")]
    if len(done) != 1 or not done[0].isdecimal():
        raise UnavailableError("app.bans.failed")
    return int(done[0]), [line.removeprefix("refused ") for line in lines if line.startswith("refused ")]  # fmt: skip


def shut_out_of_logs(installation: Installation) -> list[str]:
    """Shut out whoever other systems' logs show to attack now; each is on record before.

    The rules are those by address of `sekisho.collect.signs`. The institution's own networks are
    never shut out.

    Returns:
        The networks.
    """
    from sekisho.collect import signs  # noqa: PLC0415 (slow to import)
    from sekisho.identity.bans import bans, plan, put_in_force  # noqa: PLC0415 (same)
    from sekisho.identity.records import Attack  # noqa: PLC0415 (same)
    from sekisho.ledger import own  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    shut: list[str] = []
    last = {ban.network: ban.at.replace(tzinfo=None) for ban in reversed(bans(database))}
    for rule, network, tries in signs.attackers(installation.reader(), clock, RECENT, last):
        attack = Attack(rule=rule, network=network, count=tries)
        ban = plan(database, clock, attack, installation.config.networks)
        if ban is None or not ban.stops:
            continue
        with installation.recorder() as recorder:
            reason = f"{ban.rule} {ban.network} {ban.count}"
            act = own(clock, user_id=None, action=Action.SECURITY, object="collect:ban", reason=reason)  # fmt: skip
            recorder.append([act])
        put_in_force(database, ban)
        shut.append(network)
    return shut


def ban_findings(installation: Installation) -> list[Finding]:
    """Return that bans do not reach the packet filter, where they should."""
    try:
        settings = read_settings(installation.data)
    except InvalidInputError as error:
        return [_finding(error.message, {"reason": str(error.args_.get("reason", ""))})]
    if settings is None:
        return []
    proof = latest_evidence(installation.database, SUBJECT)
    if proof is None or proof.result is Result.YES:
        return []
    return [_finding(proof.message, {})]


def _finding(message: str, args: dict[str, str]) -> Finding:
    return Finding(
        key="gate.packets", room="gate", gravity=Gravity.TODAY, duty="1-5", message=message,
        args=args, where="/gate/bans", action="app.action.look",
    )  # fmt: skip


def _keep(installation: Installation, result: Result, message: str, args: dict[str, int]) -> None:
    now = installation.clock.now()
    keep_newest(
        installation.database,
        Evidence(
            subject=SUBJECT, checked_at=now, by="jobs", result=result, message=message,
            args=args, valid_until=now + dt.timedelta(days=1),
        ),
    )  # fmt: skip
