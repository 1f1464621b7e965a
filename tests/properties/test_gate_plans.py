"""Whatever plans there are, a vendor passes exactly where one of them says so."""

from __future__ import annotations

import datetime as dt
import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from sekisho.gate.plans import SECOND, Plan, barred
from sekisho.identity import Method

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
HOURS = st.integers(-3, 3).map(lambda hours: NOW + dt.timedelta(hours=hours))
ADDRESSES = st.sampled_from(["203.0.113.5", "203.0.113.99", "198.51.100.7", "2001:db8::7"])
NETWORKS = st.sampled_from(["203.0.113.0/28", "198.51.100.7/32", "2001:db8::/64"])


def _plan(
    sources: list[str], begins: dt.datetime, ends: dt.datetime, *, approved: bool, ended: bool
) -> Plan:
    return Plan(
        id="0" * 32,
        user_id="V1",
        route="pacs",
        sources=tuple(sources),
        begins=begins,
        ends=ends,
        work="更新（模擬）",
        proposed_by="S1",
        proposed_at=NOW,
        approved_by="S2" if approved else None,
        approved_at=NOW if approved else None,
        ended_by="S2" if ended else None,
        ended_at=NOW if ended else None,
    )


PLANS = st.lists(
    st.builds(
        _plan,
        st.lists(NETWORKS, min_size=1, max_size=2),
        HOURS,
        HOURS,
        approved=st.booleans(),
        ended=st.booleans(),
    ),
    max_size=4,
)


@given(plans=PLANS, method=st.sampled_from(Method), address=st.none() | ADDRESSES)
def test_a_vendor_passes_exactly_where_a_plan_says_so(
    plans: list[Plan], method: Method, address: str | None
) -> None:
    """Passing needs one plan that is approved, not ended, under way, names the place, and a second factor."""
    fits = any(
        plan.approved_by is not None
        and plan.ended_by is None
        and plan.begins <= NOW < plan.ends
        and address is not None
        and any(
            ipaddress.ip_address(address) in ipaddress.ip_network(source) for source in plan.sources
        )
        for plan in plans
    )

    answer = barred(plans, method=method, address=address, now=NOW)

    assert (answer is None) == (fits and method in SECOND)
