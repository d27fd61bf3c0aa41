"""Read and write records as JSON lines, scanwarden's own format.

One record is one line of UTF-8 without line breaks inside. Keys are stable; readers should ignore
keys they do not know. The schema is `docs/reference/record.schema.json`.
"""

import msgspec

from scanwarden.errors import RecordError
from scanwarden.formats.base import from_text, to_text
from scanwarden.formats.escape import shown_json
from scanwarden.model.records import Record

SHOWN_BYTES = 80
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
_DECODER: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record, dec_hook=from_text)


def encode(record: Record) -> bytes:
    """Write one record as one line of JSON, without the line feed."""
    return shown_json(_ENCODER.encode(record)).encode()


def decode(line: bytes) -> Record:
    """Read one line of JSON; raise RecordError saying what is wrong and where in the object."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        shown = ascii(line[:SHOWN_BYTES].decode("utf-8", "replace"))
        raise RecordError(f"{error} in the record {shown}", remedy="see docs/reference/records.md") from error


class Native:
    """Write every record as one JSON object."""

    def lines(self, record: Record) -> list[str]:
        """Give the JSON of a record."""
        return [shown_json(_ENCODER.encode(record))]
