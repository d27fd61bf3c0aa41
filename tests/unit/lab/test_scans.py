import pytest

from scanwarden.lab.commands import argument_list
from scanwarden.lab.scans import REAL_SCANS, RealScan, decoy_numbers
from scanwarden.lab.traffic import HARMLESS_TRAFFIC

# Techniques that more than one packaged tool can send; idle scans need a zombie that Linux is not, and only nmap sends
# SCTP COOKIE-ECHO, whole protocol scans and FTP bounces.
TWICE = {
    *("tcp_syn", "tcp_connect", "tcp_fin", "tcp_null", "tcp_xmas", "tcp_maimon", "tcp_ack", "tcp_rst", "tcp_synfin"),
    *("tcp_flags", "udp", "sctp_init", "icmp_echo", "icmp_timestamp", "icmp_address_mask", "arp"),
}
ONCE = {"sctp_cookie_echo", "ip_protocol", "ftp_bounce"}


def test_names_are_unique() -> None:
    names = [entry.name for entry in (*REAL_SCANS, *HARMLESS_TRAFFIC)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("technique", sorted(TWICE))
def test_technique_is_made_by_two_different_programs(technique: str) -> None:
    programs = {argument_list(scan.command)[0] for scan in REAL_SCANS if scan.techniques[0] == technique}
    assert len(programs) >= 2


@pytest.mark.parametrize("technique", sorted(ONCE))
def test_technique_is_made_by_the_one_program_that_can(technique: str) -> None:
    assert any(scan.techniques[0] == technique for scan in REAL_SCANS)


@pytest.mark.parametrize("entry", [*REAL_SCANS, *HARMLESS_TRAFFIC], ids=lambda entry: entry.name)
def test_every_word_of_a_command_is_filled_in(entry: RealScan) -> None:
    assert not [word for word in argument_list(entry.command) if "{" in word or "}" in word]


def test_decoys_are_read_from_the_command() -> None:
    by_name = {scan.name: decoy_numbers(scan) for scan in REAL_SCANS}
    assert by_name["decoys_nmap"] == [61, 62, 63]
    assert len(by_name["many_decoys_nmap"]) == 20
    assert by_name["syn_nmap"] == []
