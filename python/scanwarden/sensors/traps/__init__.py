"""Set out ports that nothing legitimate speaks to, and report who speaks to them.

A *door* leads the trapped ports to our listener: `RedirectDoor` by nftables, so that a trap never keeps a service from
starting, or `BindDoor`, which occupies the ports. `TrapSensor` takes a port out as soon as a service listens there. Not
here: what a touch means, which is the detector's to say, and stealthy traps, which need no socket.
"""

from scanwarden.sensors.traps.bind import BindDoor
from scanwarden.sensors.traps.ports import TrapPorts, stealth_ports, wanted_ports
from scanwarden.sensors.traps.reception import Manners
from scanwarden.sensors.traps.redirect import RedirectDoor
from scanwarden.sensors.traps.sensor import TrapSensor, choose_door, manners_of
from scanwarden.sensors.traps.touch import TrapObserver, TrapTouch

__all__ = [
    "BindDoor",
    "Manners",
    "RedirectDoor",
    "TrapObserver",
    "TrapPorts",
    "TrapSensor",
    "TrapTouch",
    "choose_door",
    "manners_of",
    "stealth_ports",
    "wanted_ports",
]
