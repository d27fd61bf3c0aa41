import os

import pytest

from scanwarden.lab import names


def test_namespace_of_a_running_process_is_in_use() -> None:
    assert not names.is_left_over(f"{names.lab_prefix()}-guarded")


def test_namespace_of_a_number_given_to_another_process_is_left_over() -> None:
    assert names.is_left_over(f"sw-{os.getpid()}-1-0123abcd-guarded")


def test_namespace_of_a_process_that_never_was_is_left_over() -> None:
    # Linux gives no process a number above 2^22 (proc_sys_kernel(5), pid_max).
    assert names.is_left_over(f"sw-{(1 << 22) + 1}-1-0123abcd-guarded")


@pytest.mark.parametrize(
    "name", ["guarded", "sw-1-guarded", "sw-0-1-0123abcd-x", "sw-x-1-0123abcd-x", "nsw-1-1-0123abcd-x"]
)
def test_namespaces_of_others_are_never_left_over(name: str) -> None:
    assert not names.is_left_over(name)
