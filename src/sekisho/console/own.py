"""What Sekisho writes of its own acts, in the reader's words: the record keeps the short form."""

from __future__ import annotations

import re

from sekisho.pages import catalogue, say

OWN = "sekisho"
"""Source of what Sekisho records of its own acts."""
_ACTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"identity:([a-z-]+)(?::.+)?", "console.act.identity.{1}"),
        (r"review/run/(?P<number>\d+)/(pdf|xlsx|sign)", "console.act.run.{2}"),
        (r"review/run", "console.act.run"),
        (r"review/cases/(?P<number>\d+)", "console.act.cases"),
        (r"review/case/(?P<number>[\w-]+)", "console.act.case"),
        (r"review/ask/(?P<number>\d+)/(pdf|docx|reply)", "console.act.ask.{2}"),
        (r"review/decision/(?P<number>\d+)/(confirm|withdraw)", "console.act.decision.{2}"),
        (r"review/(rules|forget|order)", "console.act.review.{1}"),
        (r"review/decision/.+", "console.act.decision"),
        (r"review/copy/(?P<number>\d{4}-\d+)/(reviewer|patient|file)", "console.act.copy.{2}"),
        (r"review/copy/refused/(?:reviewer|patient)", "console.act.copy.refused"),
        (r"review/(copies|names)", "console.act.{1}"),
        (r"review/explanations/.*/(withdraw)", "console.act.explanations.{1}"),
        (r"review/explanations(?:/.*)?", "console.act.explanations"),
        (r"review/masking/(rule|responsible|notice|watchers)", "console.act.masking"),
        (r"review/masking/[a-z]+/(withdraw)", "console.act.masking.{1}"),
        (r"ledger/records(?:\?.*)?", "console.act.records"),
        (r"ledger/(record|proof)/(?P<number>\d+)", "console.act.record"),
        (r"ledger/verify", "console.act.verify"),
        (r"ledger/verify/stop", "console.act.verify.stop"),
        (r"ledger/verify/(?P<number>\d+)", "console.act.verify.one"),
        (r"ledger/erasure/(preview)", "console.act.erasure.{1}"),
        (r"ledger/erasure/(?P<number>\d+)/(propose|confirm|withdraw)", "console.act.erasure.{2}"),
        (r"(erasure)/(?P<number>\d+)/.+", "console.act.erasure.order"),
        (r"(key)/.+", "console.act.key"),
        (r"care/people", "console.act.people"),
        (r"care/(person|kind)/(?P<id>.+)", "console.act.{1}"),
        (r"walk/(upload|sample|log|lists)", "console.act.walk.{1}"),
        (r"access/(propose)", "console.act.access.{1}"),
        (r"access/(approve|refuse|decide)/(?P<number>\d+)", "console.act.access.{1}"),
        (r"access/explain/(?P<id>.+)", "console.act.access.explain"),
        (r"collect/(retry)", "console.act.{1}"),
        (r"collect/(unseen|request)/(?P<name>.+)", "console.act.{1}"),
        (r"gate/credential/(?P<name>[a-z0-9-]+)/(set|removed)", "console.act.credential.{2}"),
        (r"gate/service/(?P<name>[a-z0-9-]+)/(made|renewed|ended)", "console.act.service.{2}"),
        (r"gate/plan/[0-9a-f]{32}/(propose|approve|end)", "console.act.plan.{1}"),
        (r"gate/ban/[0-9a-f]{32}", "console.act.ban"),
        (r"posture/look/(?P<name>.+)", "console.act.look"),
        (r"posture/word/(?P<name>[a-z]+)", "console.act.word"),
        (r"gate/probe", "console.act.probe"),
        (r"gate/probe/(load)", "console.act.probe.{1}"),
        (r"posture/inquiry/(?P<number>\d+)/(pdf|docx|reply|withdraw|undo)", "console.act.inquiry.{2}"),
        (r"posture/vendor/(?P<number>\d+)/(pdf|docx|xlsx|withdraw)", "console.act.vendor.{2}"),
        (r"posture/export/(?:csv|xlsx)", "console.act.inventory"),
        (r"posture/gone/(?P<number>\d+)", "console.act.gone"),
        (r"posture/vendor/ask", "console.act.vendor"),
        (r"posture/known/(?P<number>\d+)/inquiry", "console.act.inquiry"),
        (r"register/[a-z_]+/(export|load)", "console.act.register.{1}"),
        (r"register/[a-z_]+/\d+/(file)(?:/\d+)?", "console.act.register.{1}"),
        (r"register/contacts/(chart)", "console.act.register.{1}"),
        (r"register/vendor_sheets/\d+/(letter|reminder|sheet|answers)/[a-z]+", "console.act.register.paper"),
        (r"register/[a-z_]+(?:/\d+)?", "console.act.register"),
        (r"metrics/(token|end)", "console.act.metrics.{1}"),
        (r"settings/institution", "console.act.institution"),
        (r"settings/kinds", "console.act.kinds"),
        (r"finding/(?P<number>\d+)(?:/(seen|done))?", "console.act.finding"),
        (r"console:(?P<id>/.*)", "console.act.turned_away"),
    )
)  # fmt: skip


def act(words: str, matter: str | None, *, covered: bool = False) -> str:
    """Return `matter` as a sentence in the language `words`, as it stands where it is none of ours.

    Args:
        words: ``ja`` or ``en``.
        matter: What the record keeps as its object.
        covered: Ids are hidden; then a sentence that would name one stands without it.
    """
    if not matter:
        return "–"
    for pattern, template in _ACTS:
        found = pattern.fullmatch(matter)
        if found is None:
            continue
        message = template.format("", *(part or "" for part in found.groups()))
        if message not in catalogue(words):
            break
        values = {name: value for name, value in found.groupdict().items() if value}
        named = "id" in values and "id" in pattern.groupindex
        if named and covered:
            values["id"] = say(words, "console.act.hidden")
        return say(words, message, **values)
    return say(words, "console.act.other") if covered else matter
