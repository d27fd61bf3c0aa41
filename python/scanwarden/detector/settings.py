"""Say how the detector is set up, and write it as the core reads it."""

import msgspec

from scanwarden.formats.base import to_text
from scanwarden.model.address import Address, Prefix

_ENCODER = msgspec.json.Encoder(enc_hook=to_text)


class DetectorSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the detector has to know; what is left out keeps the core's default.

    `home` lists the addresses watched over, empty for every destination; where it was inferred from who answers whom,
    addresses that answer nobody may be targets too. `memory_bytes` bounds the table of
    sources, `threshold_nats` is the evidence at which a scan opens. `open_ports` and `trap_ports` are spelled `tcp/22`
    or `udp/1-19`; the latter are set out although nobody listens there; `trap_nats` is what touching any trap weighs.
    `knocks` are sequences of ports that open a door here. Evidence halves in `half_life_s`; a contact repeated within
    `contact_memory_s` is not new. So many `sightings`, contacts that are evidence, are kept for whoever takes them.
    """

    home: tuple[Prefix, ...] = ()
    home_inferred: bool = False
    sensor: str = ""
    memory_bytes: int | None = None
    threshold_nats: float | None = None
    gateways: tuple[Address, ...] = ()
    ignore_destination_broadcast: tuple[Address, ...] = ()
    open_ports: tuple[str, ...] = ()
    trap_ports: tuple[str, ...] = ()
    trap_nats: float | None = None
    knocks: tuple[tuple[int, ...], ...] = ()
    half_life_s: int | None = None
    contact_memory_s: int | None = None
    sightings: int | None = None
    key_hex: str | None = None

    def as_json(self) -> bytes:
        """Write the settings as one JSON object."""
        return _ENCODER.encode(self)
