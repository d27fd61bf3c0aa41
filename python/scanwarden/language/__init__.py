"""Say what people read on the page and in reports in their language: English, Korean, Japanese.

Here live the catalogues of messages, one TOML file a language, and how a language is chosen. What is not here: text of
the command line, of logs and of records, which programs read and which is always English.
"""

from scanwarden.language.accept import preferred
from scanwarden.language.catalogue import LANGUAGES, Catalogue, Language, catalogue

__all__ = ["LANGUAGES", "Catalogue", "Language", "catalogue", "preferred"]
