import struct

from scanwarden.daemon.protection.found import Found
from scanwarden.daemon.protection.sessions import add_session_properties, add_utmp


def utmp_record(kind: int, packed: bytes) -> bytes:
    """Return a record laid out as utmp(5) says: 384 bytes, the type first, the address at 348."""
    record = bytearray(384)
    struct.pack_into("=h", record, 0, kind)
    record[8:13] = b"pts/0"
    record[348 : 348 + len(packed)] = packed
    return bytes(record)


def test_only_people_who_logged_in_from_elsewhere_count() -> None:
    found = Found()
    ipv6 = bytes.fromhex("20010db8000000000000000000000005")
    add_utmp(
        utmp_record(7, bytes([192, 0, 2, 50]))
        + utmp_record(7, ipv6)
        + utmp_record(7, bytes(16))
        + utmp_record(8, bytes([192, 0, 2, 66]))
        + b"a broken end",
        found,
    )
    assert [str(prefix.address) for prefix in found.labels] == ["192.0.2.50", "2001:db8::5"]
    assert set(found.labels.values()) == {"session of a person who logged in"}


def test_remote_hosts_of_logind_are_addresses_or_a_gap() -> None:
    found = Found()
    add_session_properties("RemoteHost=192.0.2.50\n\nRemoteHost=\n\nRemoteHost=desk.example.net\nRemote=yes\n", found)
    assert [str(prefix.address) for prefix in found.labels] == ["192.0.2.50"]
    assert len(found.gaps) == 1
    assert "UseDNS no" in found.gaps[0]
