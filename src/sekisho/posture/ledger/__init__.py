"""Lists that a hospital has already: ledgers, exports of scanners and of asset tools, by their headings."""
