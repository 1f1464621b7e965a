"""Templates, words and the stylesheet; no web framework."""

from sekisho.pages.environment import Frame, Item, frame, render
from sekisho.pages.words import LANGUAGES, explain, say

__all__ = ["LANGUAGES", "Frame", "Item", "explain", "frame", "render", "say"]
