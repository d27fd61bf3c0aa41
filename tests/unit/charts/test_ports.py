"""Names of ports."""

from scanwarden.charts.ports import port_label, port_name


def test_well_known_ports_have_a_name() -> None:
    assert port_name("tcp/22") == "ssh"
    assert port_name("tcp/64999") == ""
    assert port_label("udp/53") == "udp/53 dns"
    assert port_label("udp/53", short=True) == "53 dns"
    assert port_label("tcp/*", short=True) == "tcp/*"
