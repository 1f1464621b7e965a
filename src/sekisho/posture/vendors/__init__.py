"""Makers and maintainers: one letter a year asks all at once, and its answer is loaded back."""

from sekisho.posture.vendors.before import take_back
from sekisho.posture.vendors.listed import DAYS, Sent, Vendor, ask, late, sent, vendors, withdraw

__all__ = ["DAYS", "Sent", "Vendor", "ask", "late", "sent", "take_back", "vendors", "withdraw"]
