"""Load what is usually loaded on first use, before a process gives up the right to read it.

An interpreter below a folder of root's (`/root/.pyenv`, a virtual environment there) cannot be read any more by the
user that a part becomes.
"""

import codecs
import importlib

from scanwarden.config.registry import declarations
from scanwarden.store.migrations import newest_version

_CODECS = ("ascii", "idna", "latin_1", "punycode", "utf_8", "utf_8_sig")
_MODULES = (
    *("importlib.readers", "importlib.resources", "concurrent.futures.thread", "concurrent.futures.process"),
    *("uvicorn.loops.asyncio", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.off", "h11"),
    *("uvicorn.protocols.http.auto", "uvicorn.middleware.proxy_headers", "starlette.formparsers", "asyncio.sslproto"),
    *("json.scanner", "json.decoder", "queue", "selectors", "stringprep", "unicodedata", "difflib", "traceback"),
    *("tomllib", "_strptime", "locale", "linecache", "tempfile"),
    *("email.generator", "email.headerregistry", "email.contentmanager", "email.quoprimime", "email.base64mime"),
    *("jinja2.ext", "jinja2.debug", "jinja2.sandbox"),
)


def load_ahead() -> None:
    """Load codecs, modules and files of this program that are otherwise read when they are first needed."""
    for name in _CODECS:
        codecs.lookup(name)
    for name in _MODULES:
        importlib.import_module(name)
    newest_version()
    declarations()
