"""What this room keeps.

A sighting is one machine as one source tells it; an asset is what its sightings tell together.
Addresses and software belong to the sighting that told them and move with it, so that two assets
which a person calls one can be parted again.
"""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

LOAD = sa.Table(
    "posture_load",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text),
    sa.Column("digest", sa.String(64), nullable=False, index=True),
    sa.Column("taken_for", sa.String(32), nullable=False),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("as_of", sa.Date),
    sa.Column("at", Utc, nullable=False),
)
"""One sheet or file that was read; `as_of` is the day that it says it is of."""

ASSET = sa.Table(
    "posture_asset",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("number", sa.String(128), index=True),
    sa.Column("name", sa.Text),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("maker", sa.Text),
    sa.Column("product", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("os", sa.Text),
    sa.Column("serial", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("network", sa.Text),
    sa.Column("clinical_use", sa.Text),
    sa.Column("stops", sa.Text),
    sa.Column("unplug", sa.String(8)),
    sa.Column("maintained_by", sa.Text),
    sa.Column("contact", sa.Text),
    sa.Column("contract", sa.Text),
    sa.Column("leased", sa.String(8)),
    sa.Column("owner", sa.Text),
    sa.Column("eol", sa.Date),
    sa.Column("eos", sa.Date),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("may_touch", sa.String(8), nullable=False),
    sa.Column("touch_by", sa.Text),
    sa.Column("touch_at", Utc),
    sa.Column("touch_until", sa.Date),
    sa.Column("first_seen", Utc, nullable=False),
    sa.Column("last_seen", Utc, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sort", sa.String(200), nullable=False),
    sa.Index("posture_asset_order", "sort", "id"),
)
"""A machine, a device, or a system. `may_touch` and who said so are a person's word and never a
file's; everything else is made of the sightings. `text` is what a search looks in, `sort` the
order of the list."""

SIGHTING = sa.Table(
    "posture_sighting",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, nullable=False, index=True),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.UniqueConstraint("source", "key", name="posture_sighting_whose"),
)
"""`told` are values of the columns of `ASSET`; `facts` what the source knows beside (scanner,
patches). `digest` is of all that was told: the same again changes nothing."""

ADDRESS = sa.Table(
    "posture_address",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, nullable=False, index=True),
    sa.Column("sighting_id", sa.Integer, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("value", sa.String(200), nullable=False),
    sa.Index("posture_address_value", "kind", "value"),
)
"""`kind` is ``ip``, ``mac`` or ``host``; `value` in the form of `sekisho.posture.addresses`."""

SOFTWARE = sa.Table(
    "posture_software",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, nullable=False, index=True),
    sa.Column("sighting_id", sa.Integer, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("publisher", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("purl", sa.Text),
    sa.Column("distribution", sa.String(64)),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
)

CONNECTION = sa.Table(
    "posture_connection",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    sa.Column("number", sa.String(128), index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("maker", sa.Text),
    sa.Column("product", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("source_restriction", sa.String(8), nullable=False),
    sa.Column("second_factor", sa.String(8), nullable=False),
    sa.Column("always_on", sa.String(8), nullable=False),
    sa.Column("last_patch", sa.Date),
    sa.Column("contact", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("said", sa.JSON),
    sa.Column("reaches", sa.Text),
)
"""A line to the outside: ``maintenance``, ``partner``, ``vpn``, ``internet`` or ``other``. `said` is
what its vendor said of a column, who and when; it stands where the ledger says nothing. `reaches`
are the networks and machines that the ledger says it leads to."""

PAIR = sa.Table(
    "posture_pair",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("one_id", sa.Integer, nullable=False),
    sa.Column("other_id", sa.Integer, nullable=False),
    sa.Column("why", sa.String(32), nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("by", sa.Text),
    sa.Column("at", Utc, nullable=False),
    sa.Column("moved", sa.JSON, nullable=False),
    sa.UniqueConstraint("one_id", "other_id", name="posture_pair_whose"),
)
"""Two assets that may be one machine: ``open``, ``same`` or ``different`` as a person said.

`moved` are the sightings that went from `other_id` to `one_id`, to be moved back when it is
undone, with what a person had said of the asset that went.
"""

GONE = sa.Table(
    "posture_gone",
    METADATA,
    sa.Column("sighting_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", Utc, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("by", sa.Text),
    sa.Column("at", Utc),
)
"""A row that a later ledger of the same name does not have any more: ``open`` till a person says
``retired`` or ``here``."""

PROTECTION = sa.Table(
    "posture_protection",
    METADATA,
    sa.Column("asset_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("product", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("pattern", sa.Text),
    sa.Column("pattern_at", Utc),
    sa.Column("loaded", sa.Text),
    sa.Column("on_disk", sa.Text),
    sa.Column("scan_at", Utc),
    sa.Column("present", sa.String(8), nullable=False),
    sa.Column("running", sa.String(8), nullable=False),
    sa.Column("realtime", sa.String(8), nullable=False),
    sa.Column("fresh", sa.String(8), nullable=False),
    sa.Column("verdict", sa.String(8)),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("source", sa.String(32)),
    sa.Column("seen_at", Utc),
    sa.Column("since", Utc),
    sa.Column("patch_at", Utc),
    sa.Column("needed", sa.Integer),
    sa.Column("failed", sa.Integer),
    sa.Column("patch_verdict", sa.String(8)),
    sa.Column("patch_reasons", sa.JSON, nullable=False),
    sa.Column("patch_source", sa.String(32)),
    sa.Column("patch_seen_at", Utc),
    sa.Column("patch_since", Utc),
    sa.Column("firewall", sa.String(8), nullable=False),
    sa.Column("firewall_source", sa.String(32)),
    sa.Column("firewall_seen_at", Utc),
)
"""What the newest sightings say of a machine's scanner, patches and firewall. A verdict (``good``,
``bad``, ``unknown``; None where nothing was ever seen) is of the moment of the sighting; how old
that is, is asked when it is shown."""

PROTECTION_SEEN = sa.Table(
    "posture_protection_seen",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, nullable=False, index=True),
    sa.Column("of", sa.String(8), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("product", sa.Text),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
)
"""How it was, stretch by stretch: `of` is ``scanner`` or ``patches``."""

CONTROL = sa.Table(
    "posture_control",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(200), unique=True),
    sa.Column("what", sa.String(16), nullable=False, index=True),
    sa.Column("asset_id", sa.Integer, index=True),
    sa.Column("connection_id", sa.Integer, index=True),
    sa.Column("about", sa.Text),
    sa.Column("ordered", sa.String(8), nullable=False),
    sa.Column("ordered_by", sa.Text),
    sa.Column("contact", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    sa.Column("instead", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_on", sa.Date),
    sa.Column("note", sa.Text),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("load_id", sa.Integer),
    sa.Column("row", sa.Integer),
    sa.Column("digest", sa.String(32)),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""A control that is off: on a machine, on a line, or on what `about` says. `state` is ``off``, or
``on`` again; `key` and `digest` are of the ledger's row that told it, None where a person did."""

CONTROL_CHANGE = sa.Table(
    "posture_control_change",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("control_id", sa.Integer, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("undone", sa.Boolean, nullable=False),
)
"""What an entry was before somebody changed it; None where it was not yet there."""
