"""No damage to a configuration file gives anything but settings or a list of problems."""

import random
import string
from pathlib import Path

import pytest

from scanwarden.config import Settings, WrongSettingsError, load
from scanwarden.config.example import example_page

MUTATIONS = 1000
SEEDS = 4
ODD_BYTES = [
    b"\0",
    b"\xff",
    b"\x1b[2J",
    b'"""',
    b"'''",
    b"[[",
    b"]]",
    b"{",
    b"}",
    b"\\u0",
    b"\r",
    b"= =",
    b"1e999",
    b"-",
]
EXTRA = b"""
[[policy.networks]]
networks = ["10.0.0.0/8", "2001:db8::/32"]
ladder = ["1 min"]
[policy.sensors."replay:x"]
minimum_severity = 2
[[connections.ignore]]
target_ports = "80,443"
"""


def mutated(text: bytes, chance: random.Random) -> bytes:
    """Damage a text in one to four places."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split(b"\n")
        at, number = chance.randrange(len(text) + 1), chance.randrange(len(lines))
        damage = chance.randrange(9)
        if damage == 0:
            text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
        elif damage == 1:
            text = text[:at] + chance.choice(ODD_BYTES) + text[at:]
        elif damage == 2:
            text = text[:at] + text[at + chance.randint(1, 40) :]
        elif damage == 3:
            lines.insert(number, lines[chance.randrange(len(lines))])
            text = b"\n".join(lines)
        elif damage == 4:
            del lines[number]
            text = b"\n".join(lines) or b"#"
        elif damage == 5:
            other = chance.choice(
                [b"3", b"true", b"[]", b"{}", b"nan", b"'x'", b"[[1]]", b"1979-05-27", b"{a=1}", b"''"]
            )
            lines[number] = lines[number].split(b"=")[0] + b"= " + other
            text = b"\n".join(lines)
        elif damage == 6:
            lines[number] = lines[number].replace(b'"', b"", 1)
            text = b"\n".join(lines)
        elif damage == 7:
            word = "".join(chance.choices(string.ascii_lowercase + "._-é \x7f", k=chance.randint(1, 12)))
            lines[number] = word.encode() + b" = " + lines[number].split(b"=")[-1]
            text = b"\n".join(lines)
        else:
            text = text[:at]
    return text


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_damaged_configuration_gives_settings_or_problems(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    whole = example_page(is_active=True).encode() + EXTRA
    pieces = whole.split(b"\n\n")
    main = tmp_path / "scanwarden.toml"
    right = wrong = 0
    for _ in range(MUTATIONS // SEEDS):
        start = chance.randrange(len(pieces))
        original = b"\n\n".join(pieces[start : start + chance.randint(1, 60)])
        damaged = mutated(original, chance)
        main.write_bytes(damaged)
        try:
            assert isinstance(load(main), Settings)
            right += 1
        except WrongSettingsError as error:
            wrong += 1
            for problem in error.problems:
                assert problem.file == str(main)
                assert problem.line is not None
                assert 1 <= problem.line <= damaged.count(b"\n") + 1
                assert problem.text
                assert "Traceback" not in str(problem)
                assert str(problem).replace("…", "").isprintable()
    assert right > 0
    assert wrong > MUTATIONS // SEEDS // 4
