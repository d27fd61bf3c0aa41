"""Read the configuration: TOML files and overrides become checked, frozen settings.

Here live the declarations of all options (one file each in `sections/`), the kinds of values they
take, the layering of files, and the pages made from the declarations. Nothing here starts or
reloads anything: whoever needs a setting is handed its section.
"""

from scanwarden.config.options import Section
from scanwarden.config.problem import Problem, WrongSettingsError
from scanwarden.config.registry import section
from scanwarden.config.settings import DEFAULT_FILE, Origin, Settings, load

__all__ = ["DEFAULT_FILE", "Origin", "Problem", "Section", "Settings", "WrongSettingsError", "load", "section"]
