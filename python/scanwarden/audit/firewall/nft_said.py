"""Write expressions of nftables' JSON for a person, shortly."""

import json
from collections.abc import Callable
from typing import Any

Json = Any
MAX_LISTED = 8
MAX_CHARS = 60


def said(expression: Json) -> str:
    """Write an expression as a rule would; one that is not known is shown as JSON, cut."""
    if isinstance(expression, str | int):
        return str(expression)
    if isinstance(expression, list):
        return ",".join(said(one) for one in expression[:MAX_LISTED])
    if not isinstance(expression, dict) or not expression:
        return "?"
    kind, body = next(iter(expression.items()))
    write = _WRITERS.get(kind)
    return f"{kind} {json.dumps(body)[:MAX_CHARS]}" if write is None else write(body)


def _extension(body: Json) -> str:
    return f"the iptables {body.get('type', 'extension')} {body.get('name', '')}".strip()


_WRITERS: dict[str, Callable[[Json], str]] = {
    "payload": lambda body: f"{body.get('protocol', '')} {body.get('field', '')}".strip() or "raw payload",
    "meta": lambda body: str(body["key"]),
    "ct": lambda body: f"ct {body['key']}",
    "prefix": lambda body: f"{body['addr']}/{body['len']}",
    "range": lambda body: "-".join(said(one) for one in body),
    "set": lambda body: "{" + said(body) + "}",
    "concat": lambda body: " . ".join(said(one) for one in body),
    "elem": lambda body: said(body["val"]),
    "&": lambda body: " & ".join(said(one) for one in body),
    "xt": _extension,
}
