import pytest

from scanwarden.audit.active.nmap import states_in
from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports

GREPPABLE = (
    "# Nmap 7.93 scan initiated\nHost: 192.0.2.1 ()\tStatus: Up\n"
    "Host: 192.0.2.1 ()\tPorts: 21/open/tcp//ftp///, 23/filtered/tcp//telnet///\tIgnored State: closed (8)\n"
)


def test_ports_that_nmap_does_not_list_are_in_the_state_it_ignores() -> None:
    found = states_in(GREPPABLE, Ports.parse("20-29"))
    assert {state: str(ports) for state, ports in found.items()} == {
        "open": "21",
        "filtered": "23",
        "closed": "20,22,24-29",
    }


def test_an_address_that_was_not_reached_is_no_result() -> None:
    with pytest.raises(SensorError):
        states_in("# Nmap done at 0 hosts up", Ports.parse("1"))
