"""A hospital to judge the review by: simulated, and said to be so wherever a figure from it stands.

What happens here follows from care: somebody is admitted, tested, discharged, billed;
people open records because of that, and the lists say what a hospital's lists say of it,
with their gaps. Misuse is injected with its truth. No rule of `sekisho.review` is read here.
"""
