"""Charts as pictures."""

import struct
import zlib
from pathlib import Path

import pytest

from scanwarden.language import catalogue
from scanwarden.report import Contents, write_pictures
from scanwarden.report.png import PictureError, _expect_fonts


def colours(png: bytes) -> tuple[int, int, set[bytes]]:
    """Give width, height and the colours of a PNG file of four bytes a pixel (PNG specification, 5 and 7)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6)
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    rows = zlib.decompress(packed)
    line = width * 4 + 1
    return (
        width,
        height,
        {rows[at : at + 4] for start in range(0, len(rows), line) for at in range(start + 1, start + line, 4)},
    )


def test_each_chart_becomes_a_sharp_picture(contents: Contents, tmp_path: Path) -> None:
    names = write_pictures(contents, catalogue("en"), tmp_path / "new" / "folder")
    assert names == ["scans.png", "ports.png", "techniques.png", "sources.png"]
    width, height, found = colours((tmp_path / "new/folder/scans.png").read_bytes())
    assert (width, height) == (1920, 380)
    assert len(found) > 8


def test_a_host_without_fonts_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").touch()
    with pytest.raises(PictureError, match="no font is installed"):
        _expect_fonts([tmp_path, tmp_path / "missing"])
    (tmp_path / "a.ttf").touch()
    _expect_fonts([tmp_path])


def test_a_folder_that_cannot_be_written_is_named(contents: Contents, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match="file cannot be written"):
        write_pictures(contents, catalogue("en"), tmp_path / "file")
