"""Ask the services that answer over UDP, each in its own words; a question only, never an order.

Each probe is written from the specification that its line names; what a service does with it is answer.
"""

import struct

_DNS_QUESTION = b"\x07version\x04bind\x00" + struct.pack("!HH", 16, 3)
# RFC 1035 4.1: one question, version.bind TXT CH, no recursion.
_DNS = struct.pack("!HHHHHH", 0x5377, 0, 1, 0, 0, 0) + _DNS_QUESTION
# RFC 5905 7.3: leap 3, version 4, mode 3 (client).
_NTP = b"\xe3" + bytes(47)


def _tlv(tag: int, body: bytes) -> bytes:
    """Write one BER element shorter than 128 bytes (ITU-T X.690 8.1)."""
    return bytes([tag, len(body)]) + body


# RFC 1901, RFC 3416: version 2c, community "public", GetRequest of sysDescr.0.
_OID = _tlv(0x06, bytes([0x2B, 6, 1, 2, 1, 1, 1, 0]))
_PDU = _tlv(
    0xA0,
    _tlv(2, b"\x53") + _tlv(2, b"\0") + _tlv(2, b"\0") + _tlv(0x30, _tlv(0x30, _OID + _tlv(5, b""))),
)
SNMP = _tlv(0x30, _tlv(2, b"\1") + _tlv(4, b"public") + _PDU)
# RFC 1833: call the null procedure of program 100000 (portmapper), version 2 (RFC 5531 9).
_RPC = struct.pack("!10I", 0x5377_0001, 0, 2, 100_000, 2, 0, 0, 0, 0, 0)
# RFC 1002 4.2.17: node status request for `*`.
_NETBIOS = struct.pack("!HHHHHH", 0x5377, 0, 1, 0, 0, 0) + b"\x20CK" + b"A" * 30 + b"\0" + struct.pack("!HH", 33, 1)
# UPnP Device Architecture 1.3.2.
_SSDP = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'
# RFC 1350 5: read a file that nobody has.
_TFTP = b"\0\1scanwarden-audit\0octet\0"
# RFC 3261 11: OPTIONS.
_SIP = (
    b"OPTIONS sip:audit@localhost SIP/2.0\r\nVia: SIP/2.0/UDP localhost;branch=z9hG4bK1\r\nMax-Forwards: 0\r\n"
    b"From: <sip:audit@localhost>;tag=1\r\nTo: <sip:audit@localhost>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)
# RFC 7252 3: confirmable GET of /.well-known/core.
_COAP = bytes([0x40, 0x01, 0x53, 0x77]) + bytes([0xBB]) + b".well-known" + bytes([0x04]) + b"core"
# RFC 6762 5.1, RFC 6763 9: which services are there, asked for by unicast.
_MDNS = (
    struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0)
    + b"\x09_services\x07_dns-sd\x04_udp\x05local\0"
    + struct.pack("!HH", 12, 1)
)
# memcached protocol.txt: the frame header of its UDP form, then `version`.
_MEMCACHED = struct.pack("!HHHH", 0x5377, 0, 1, 0) + b"version\r\n"
# RFC 4511 4.2 over UDP (CLDAP, RFC 1798): a search of the root entry.
_CLDAP = _tlv(
    0x30,
    _tlv(2, b"\1")
    + _tlv(
        0x63,
        _tlv(4, b"") + _tlv(10, b"\0") + _tlv(10, b"\0") + _tlv(2, b"\0") + _tlv(2, b"\0") + _tlv(1, b"\0")
        + _tlv(0x87, b"objectclass") + _tlv(0x30, b""),
    ),
)  # fmt: skip
# RFC 2408 3.1: an ISAKMP header with an empty security association.
_IKE = b"".join(
    (
        *(b"scanward", bytes(8), bytes([1, 0x10, 2, 0]), bytes(4), struct.pack("!I", 40)),
        *(bytes(2), struct.pack("!HII", 12, 1, 1)),
    )
)
# MS-SQLR 2.2.2: which instances are there.
_MSSQL = b"\x02"
_EMPTY = b"\r\n"

PROBES: dict[int, bytes] = {
    7: _EMPTY,
    13: _EMPTY,
    17: _EMPTY,
    19: _EMPTY,
    53: _DNS,
    69: _TFTP,
    111: _RPC,
    123: _NTP,
    137: _NETBIOS,
    161: SNMP,
    389: _CLDAP,
    500: _IKE,
    1434: _MSSQL,
    1900: _SSDP,
    2049: struct.pack("!10I", 0x5377_0002, 0, 2, 100_003, 3, 0, 0, 0, 0, 0),
    4500: bytes(4) + _IKE,
    5060: _SIP,
    5353: _MDNS,
    5683: _COAP,
    11211: _MEMCACHED,
}
"""The ports that are asked in their own words."""

TOP_PORTS = (
    *(
        7,
        9,
        13,
        17,
        19,
        37,
        53,
        67,
        68,
        69,
        88,
        111,
        123,
        135,
        137,
        138,
        161,
        162,
        177,
        389,
        427,
        443,
        445,
        500,
        514,
        520,
    ),
    *(623, 631, 1194, 1434, 1645, 1701, 1812, 1900, 2049, 3478, 3702, 4500, 5060, 5353, 5355, 5683, 11211, 51820),
)
"""Ports that services use over UDP, asked where nobody says which."""


def probe_of(port: int) -> bytes:
    """Give what a port is asked: its own words, else an empty line."""
    return PROBES.get(port, _EMPTY)
