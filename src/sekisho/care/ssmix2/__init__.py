"""SS-MIX2 標準化ストレージ (Ver.1.2a to 1.2i; HS026; ISO/TS 24289): a tree of files, one message each.

Names are walked first and tell most: whose, which day, which kind, which order, whether it
stands. Only the files that care is told by are opened, and tomorrow only the new ones.
"""
