"""Write records as text for people: a headline and a few labelled rows for each scan, 80 columns wide.

Here live the words, the layout, the story of one scan, the lines of a live view, and the explanation
of the evidence. Nothing here prints; whoever prints also decides about colours, by passing a painter.
Everything that came from the network is escaped before it gets into a line.
"""
