"""Read fail2ban's jail files: sections, `key = value`, continued lines, and `%(name)s` interpolation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine

DEFAULT = "DEFAULT"
MAX_DEPTH = 10
MAX_VALUE_CHARS = 8192
_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:[#;].*)?")
_OPTION = re.compile(r"([^\s=:][^=:]*?)\s*[=:]\s*(.*?)\s*")
_REFERENCE = re.compile(r"%\(([^)]*)\)s")


@dataclass
class JailOption:
    """One option of one jail, as it was written, with its lines."""

    key: str
    value: str
    lines: list[OldLine]


class Jails:
    """All sections of all files; what a later file says about an option replaces what an earlier one said."""

    def __init__(self, files: Iterable[OldFile], draft: Draft) -> None:
        self._sections: dict[str, dict[str, JailOption]] = {DEFAULT: {}}
        for file in files:
            self._read(file, draft)

    def names(self) -> list[str]:
        """Give the names of the jails."""
        return [name for name in self._sections if name not in (DEFAULT, "INCLUDES")]

    def own(self, section: str) -> Iterator[JailOption]:
        """Give the options that a section itself has."""
        yield from self._sections.get(section, {}).values()

    def option(self, section: str, key: str) -> JailOption | None:
        """Give an option of a jail, or the default for all jails; None if neither is there."""
        return self._sections.get(section, {}).get(key) or self._sections[DEFAULT].get(key)

    def value(self, section: str, key: str) -> str | None:
        """Give an option with its references put in; None if it is absent or refers to something unknown."""
        option = self.option(section, key)
        return None if option is None else self.filled_in(section, option.value)

    def filled_in(self, section: str, text: str) -> str | None:
        """Put in what `%(name)s` and `%(section/name)s` refer to; None if something is unknown, circular or huge."""
        for _ in range(MAX_DEPTH):
            reference = _REFERENCE.search(text)
            if reference is None:
                return text.replace("%%", "%")
            place, slash, key = reference[1].rpartition("/")
            found = self.option(place if slash else section, key)
            if found is None:
                return None
            text = text.replace(reference[0], found.value)
            if len(text) > MAX_VALUE_CHARS:
                return None
        return None

    def _read(self, file: OldFile, draft: Draft) -> None:
        section: str | None = None
        current: JailOption | None = None
        for line in file.lines:
            text = line.text
            if not text.strip() or text.lstrip().startswith(("#", ";")):
                draft.skip(line)
            elif text[0].isspace() and current is not None:
                current.value += f"\n{text.strip()}"
                current.lines.append(line)
            elif match := _SECTION.fullmatch(text.strip()):
                section, current = match[1], None
                self._sections.setdefault(section, {})
                draft.skip(line)
            elif section is None or not (match := _OPTION.fullmatch(text)):
                draft.remark(line, "is no option of a section")
            else:
                current = self._keep(section, JailOption(match[1].strip().lower(), match[2], [line]), draft)

    def _keep(self, section: str, option: JailOption, draft: Draft) -> JailOption:
        replaced = self._sections[section].get(option.key)
        if replaced is not None:
            for line in replaced.lines:
                draft.remark(line, "is set again further down")
        self._sections[section][option.key] = option
        return option
