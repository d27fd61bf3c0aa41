"""Show the settings in force, read-only; secrets are files, and only their names are shown."""

import asyncio
import os
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.config import Settings, load
from scanwarden.config.describe import json_value
from scanwarden.config.options import options_of
from scanwarden.config.registry import declarations
from scanwarden.config.schema import first_paragraph
from scanwarden.web.site import Endpoint, Site


class Shown(NamedTuple):
    """One option with its value, and whether it was changed."""

    name: str
    value: str
    description: str
    is_changed: bool


class ShownTable(NamedTuple):
    """One table of the configuration."""

    name: str
    about: str
    options: list[Shown]

    @property
    def is_changed(self) -> bool:
        """Say whether any option differs from its default."""
        return any(option.is_changed for option in self.options)


def page(site: Site) -> Endpoint:
    """Give the page of settings, as the file says now."""

    async def settings(request: Request) -> Response:
        fresh = await asyncio.to_thread(load, site.file, os.environ) if os.access(site.file, os.R_OK) else site.settings
        standing = await site.service.standing()
        told = {"tables": tables_of(fresh), "file": str(site.file), "standing": standing, "now": site.now_ns()}
        return site.rendering.page(request, "settings.html", told)

    return settings


def tables_of(settings: Settings) -> list[ShownTable]:
    """Write every option of every table with its value."""
    tables = []
    for declared in declarations():
        chosen = settings.of(declared.settings)
        options = [
            Shown(
                option.name,
                written(getattr(chosen, option.name, option.default)),
                option.description,
                getattr(chosen, option.name, option.default) != option.default,
            )
            for option in options_of(declared.settings)
        ]
        tables.append(ShownTable(declared.table, first_paragraph(declared.settings), options))
    return tables


def written(value: object) -> str:
    """Write a value as it would stand in the file."""
    plain = json_value(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, (list, tuple)):
        return ", ".join(map(written, plain)) or "[]"
    return "" if plain is None else str(plain)
