"""Openings as a survey finds them."""

from scanwarden.audit.openings import Opening, worst
from scanwarden.audit.owners import Process
from scanwarden.audit.reach import Reach, State
from scanwarden.audit.services import port_class, service_of

HOST = "198.51.100.1"


def reach(
    port: int,
    state: State = "reachable",
    *,
    sources: tuple[str, ...] = (),
    address: str = HOST,
    needs_route: bool = False,
) -> Reach:
    return Reach(interface="eth0", address=address, port=port, state=state, sources=sources, needs_route=needs_route)


def opening(port: int, *reaches: Reach, protocol: str = "tcp", program: str = "server") -> Opening:
    found = reaches or (reach(port),)
    service = service_of(protocol, port)
    return Opening(
        protocol=protocol,  # type: ignore[arg-type]  # one of the four
        port=port,
        address="*",
        versions=(4,),
        service=service.name,
        port_class=port_class(port),
        risk=service.risk,
        processes=(Process(pid=7, name=program, user="root"),),
        user="root",
        state=worst(found),
        reaches=found,
    )
