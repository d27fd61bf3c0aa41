"""Draw the charts of the page and of reports as SVG.

Here live a small drawing surface, scales with readable steps, and one file a chart. A chart takes what the store
answers and the words of a language, and gives a `Drawing`: colours are classes, so that a page can turn them over in
the dark, and a picture that stands alone carries its style sheet with it. Text from the network is inert in it. What is
not here: pages and reports, which choose the charts, and any question to a store.
"""

from scanwarden.charts.svg import Drawing

__all__ = ["Drawing"]
