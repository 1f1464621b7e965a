"""The gate: who asks is known, what was asked and shown is decided and on record first.

Duties: ① ② ③ and ⑤ at the door of web-based systems (docs/duties.md). Optional: on a
fresh installation there is no route and everything else runs whole without it.
"""
