"""Templates, words and the stylesheet; no web framework."""

from sekisho.pages.environment import Frame, Item, frame, render
from sekisho.pages.words import LANGUAGES, catalogue, explain, say

__all__ = ["LANGUAGES", "Frame", "Item", "catalogue", "explain", "frame", "render", "say"]
