"""The filter is what it should be for each machine, instruction by instruction."""

import struct

import pytest

from scanwarden.daemon.confinement.seccomp import _CALLS, filter_program, restrict

KILL, REFUSE, ALLOW = "kill", "refuse", "allow"


def verdict(program: bytes, *, architecture: int, call: int, argument: int = 0) -> str:
    """Run classic BPF over one system call, as the kernel does."""
    looked_at = struct.pack("=IIQQ", call, architecture, 0, argument)
    steps = list(struct.iter_unpack("=HBBI", program))
    register, position = 0, 0
    while True:
        code, when_so, otherwise, constant = steps[position]
        position += 1
        if code == 0x20:
            register = int.from_bytes(looked_at[constant : constant + 4], "little")
        elif code in (0x15, 0x35):
            is_so = register == constant if code == 0x15 else register >= constant
            position += when_so if is_so else otherwise
        else:
            return {0x7FFF_0000: ALLOW, 0x8000_0000: KILL}.get(constant, REFUSE)


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", 0xC000_003E), ("aarch64", 0xC000_00B7)])
def test_programs_other_sockets_and_other_architectures_are_refused(machine: str, architecture: int) -> None:
    calls = _CALLS[machine]
    program = filter_program(machine, families=[1], may_exec=False)
    assert len(program) // 8 < 256  # jumps have one byte, and none here is longer than two
    for name, number in calls.items():
        if name != "socket":
            assert verdict(program, architecture=architecture, call=number) == REFUSE, name
    assert verdict(program, architecture=architecture, call=calls["socket"], argument=1) == ALLOW
    assert verdict(program, architecture=architecture, call=calls["socket"], argument=2) == REFUSE
    assert verdict(program, architecture=architecture, call=64_000) == ALLOW
    assert verdict(program, architecture=0x4000_0003, call=11) == KILL
    assert verdict(program, architecture=architecture, call=0x4000_0000 | 59) == KILL


def test_who_may_start_programs_may_still_not_mount() -> None:
    program = filter_program("x86_64", families=[1, 16], may_exec=True)
    assert verdict(program, architecture=0xC000_003E, call=59) == ALLOW
    assert verdict(program, architecture=0xC000_003E, call=165) == REFUSE
    assert verdict(program, architecture=0xC000_003E, call=41, argument=16) == ALLOW


def test_an_unknown_machine_is_left_as_it_is() -> None:
    assert restrict(families=[], may_exec=False, machine="vax") is False
