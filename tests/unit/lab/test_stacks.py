import pytest

from scanwarden.lab.stacks import EVERY_STACK, Stack

each_stack = pytest.mark.parametrize("stack", EVERY_STACK, ids=lambda stack: stack.name)


@each_stack
def test_options_fill_whole_words_and_fit_the_header(stack: Stack) -> None:
    options = stack.options(1)
    assert len(options) % 4 == 0
    assert len(options) <= 40


@each_stack
def test_timestamps_go_on_after_the_handshake_if_the_syn_had_one(stack: Stack) -> None:
    assert bool(stack.segment_options(1, 2)) == (b"\x08\x0a" in stack.options(1))


def test_no_two_stacks_open_a_connection_alike() -> None:
    signatures = {(stack.ttl, stack.window, stack.options(0)) for stack in EVERY_STACK}
    assert len(signatures) == len(EVERY_STACK)
