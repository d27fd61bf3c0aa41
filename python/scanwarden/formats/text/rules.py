"""Say in plain words what each rule of the detector's weight table saw, and what a harmless client does."""

from typing import NamedTuple

from scanwarden.model.printable import printable

MAX_RULE_CHARS = 40


class RuleWords(NamedTuple):
    """What was seen, as a plural that fits into a list, and the harmless counterpart as a sentence."""

    seen: str
    harmless: str


_KNOWS_ITS_PORT = "A harmless client was told which port to use, so it nearly always meets an open one."
_MISTAKES = "A mistake now and then is normal, so after a minute's pause it weighs less."
_UDP = "A harmless client sends to a port where a service answers."
_ANSWERED_FINISHES = "A harmless client that is answered finishes the handshake, because it wants to talk."
_NO_STACK = "No ordinary TCP stack sends these flags outside a connection."
_CLOSES_WHAT_IT_OPENED = "A harmless FIN closes a connection that was open before."

RULES: dict[str, RuleWords] = {
    "open_port": RuleWords("open ports in normal use", "Using an open port is never evidence."),
    "closed_port": RuleWords("closed ports", _KNOWS_ITS_PORT),
    "closed_port_later": RuleWords("closed ports after a pause", _MISTAKES),
    "filtered_port": RuleWords("silent ports", _KNOWS_ITS_PORT),
    "filtered_port_later": RuleWords("silent ports after a pause", _MISTAKES),
    "alternative_port": RuleWords(
        "other ports for the same purpose",
        "Mail programs, browsers and desktops try the few ports of their purpose in turn, so it weighs less.",
    ),
    "half_open_abort": RuleWords("handshakes broken off on open ports", _ANSWERED_FINISHES),
    "empty_connect_on_many_hosts": RuleWords(
        "connections without a byte sent, host after host",
        "A harmless client connects because it has something to say.",
    ),
    "impossible_flags": RuleWords("packets with impossible flags", _NO_STACK),
    "fin_without_connection": RuleWords("FINs outside any connection", _CLOSES_WHAT_IT_OPENED),
    "fin_ack_without_connection": RuleWords(
        "FIN+ACKs outside any connection",
        "A harmless one comes late, from a client whose connection this host has forgotten, and for one port.",
    ),
    "fin_ack_unanswered": RuleWords("FIN+ACKs that nothing answered", _CLOSES_WHAT_IT_OPENED),
    "bare_rst": RuleWords(
        "RSTs outside any connection", "A late RST is normal; only a great many ports are odd, so each weighs little."
    ),
    "unasked_syn_ack": RuleWords(
        "crafted SYN-ACKs nobody asked for",
        "A system's own SYN-ACK, late or astray, names its segment size and an ample window; these do not.",
    ),
    "ack_without_connection": RuleWords(
        "ACKs outside any connection", "A harmless ACK belongs to a connection, or comes late to a port that is open."
    ),
    "udp_closed_port": RuleWords("closed UDP ports", _UDP),
    "udp_unanswered": RuleWords(
        "silent UDP ports", f"{_UDP} Silence is usual for UDP, so it weighs less than a refusal."
    ),
    "unknown_outcome": RuleWords("ports with no known answer", f"{_KNOWS_ITS_PORT} The answer was not seen."),
    "icmp_empty_echo": RuleWords("empty pings", "An ordinary ping carries data."),
    "icmp_echo": RuleWords("pings", "One ping is normal; only pings of many hosts add up."),
    "icmp_echo_answered": RuleWords(
        "pings that were answered", "Whoever watches over hosts pings those that answer; a sweep mostly finds nobody."
    ),
    "icmp_timestamp_or_mask": RuleWords(
        "ICMP timestamp or mask requests", "No ordinary program has used them for a long time (RFC 6918)."
    ),
    "neighbour_asked_for": RuleWords(
        "requests for neighbours", "A harmless host asks for the few neighbours it talks to, not for all."
    ),
    "neighbour_asked_for_now_and_then": RuleWords(
        "requests for neighbours with pauses", "A gateway asks whenever a stranger sends to an address."
    ),
    "sctp_contact": RuleWords("SCTP probes", "Few hosts speak SCTP, and those that do know the port."),
    "odd_ip_protocol": RuleWords("odd IP protocols", "A harmless host speaks only protocols that were set up here."),
    "routing_or_tunnel_protocol": RuleWords(
        "routing or tunnel protocols", "Routers and VPN peers speak these, so one alone says little."
    ),
    "ftp_bounce": RuleWords(
        "FTP transfers sent to a third host", "A harmless client names its own address and a high port (RFC 2577)."
    ),
    "idle_scan_poll": RuleWords(
        "SYN-ACKs that poll this host", "Nobody harmless sends answers to connections this host never opened."
    ),
    "traceroute": RuleWords("traceroute packets", "Measuring the path is never evidence."),
    "port_knock": RuleWords("ports of a knock", "The operator lists this sequence of ports: it opens a door here."),
    "trap_port": RuleWords("trap ports", "Nothing legitimate speaks to a trap."),
}


def seen(rule: str) -> str:
    """Say what a rule saw; one that is not known here is shown by its own name."""
    return RULES[rule].seen if rule in RULES else printable(rule.replace("_", " "), max_chars=MAX_RULE_CHARS)


def sentence(rule: str) -> str:
    """Say what a rule saw and what a harmless client does instead."""
    start = seen(rule)[:1].upper() + seen(rule)[1:]
    return f"{start}: {RULES[rule].harmless}" if rule in RULES else f"{start}."
