"""Write down what happened in a period: one HTML file that needs nothing else, Markdown, and PNG pictures for mail.

Here live what a report holds and how it is written. What is not here: the charts, which `charts` draws for the page
too, the words, which come from `language`, and sending, which sinks do.
"""

from scanwarden.report.contents import Contents, collect
from scanwarden.report.html import html_page
from scanwarden.report.markdown import markdown_page
from scanwarden.report.png import write_pictures

__all__ = ["Contents", "collect", "html_page", "markdown_page", "write_pictures"]
