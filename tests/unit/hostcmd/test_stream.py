import asyncio

import pytest

from scanwarden import hostcmd


def read_lines(argv: list[str], *, max_line_bytes: int = 1 << 16) -> tuple[list[bytes], int]:
    async def read() -> tuple[list[bytes], int]:
        async with hostcmd.LineStream(argv, max_line_bytes=max_line_bytes) as stream:
            return [line async for line in stream], stream.cut_lines

    return asyncio.run(read())


def test_lines_come_one_by_one_without_newlines() -> None:
    assert read_lines(["printf", "one\n\ntwo\nunfinished"]) == ([b"one", b"", b"two", b"unfinished"], 0)


def test_an_endless_line_is_cut_and_the_next_one_is_whole() -> None:
    script = "print('x' * 1_000_000); print('next'); print('y' * 10)"
    lines, cut = read_lines(["python3", "-c", script], max_line_bytes=10)
    assert lines == [b"x" * 10, b"next", b"y" * 10]
    assert cut == 1


def test_ending_in_failure_is_raised_after_the_lines() -> None:
    async def read() -> list[bytes]:
        seen: list[bytes] = []
        async with hostcmd.LineStream(["python3", "-c", "print('a'); raise SystemExit('out of luck')"]) as stream:
            with pytest.raises(hostcmd.CommandFailedError, match="out of luck"):
                seen.extend([line async for line in stream])
        return seen

    asyncio.run(read())


def test_leaving_the_context_kills_a_program_that_goes_on() -> None:
    async def read() -> tuple[bytes, int | None]:
        async with hostcmd.LineStream(["python3", "-uc", "while True: print('y')"]) as stream:
            async for line in stream:
                first = line
                break
            else:
                first = b""
            child = stream._child
        assert child is not None
        return first, child.returncode

    assert asyncio.run(read()) == (b"y", -9)
