"""Write log lines for tests."""

from datetime import UTC, datetime

SCANNER = "192.0.2.50"
GUARDED = "192.0.2.10"
START_S = 1_750_000_000


def moment(seconds: float) -> str:
    """Write a time as syslog daemons do, with its zone."""
    return datetime.fromtimestamp(START_S + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def dropped(
    port: int, *, source: str = SCANNER, target: str = GUARDED, at_s: float = 0.0, prefix: str = "DROP "
) -> str:
    """Write the kernel's line about one SYN."""
    return (
        f"{moment(at_s)} gate kernel: {prefix}IN=eth0 OUT= MAC=02:00:00:00:00:10:02:00:00:00:00:50:08:00 SRC={source} "
        f"DST={target} LEN=60 TOS=0x00 PREC=0x00 TTL=61 ID=4711 DF PROTO=TCP SPT=40000 DPT={port} WINDOW=64240 "
        "RES=0x00 SYN URGP=0 \n"
    )


def failed_login(index: int, *, source: str = SCANNER, at_s: float = 0.0) -> str:
    """Write sshd's line about one wrong password."""
    return f"{moment(at_s)} gate sshd[{1000 + index}]: Failed password for root from {source} port 50522 ssh2\n"
