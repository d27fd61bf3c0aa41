"""Folders for the service's files, made before a part gives up being root."""

import os
from pathlib import Path

import pytest

from scanwarden.daemon.own_folder import own_folder
from scanwarden.daemon.privileges import Account


@pytest.fixture
def account() -> Account:
    """Give the user that parts become; only root can hand anything to another."""
    if os.geteuid() != 0:
        pytest.skip("needs root to hand folders over")
    return Account()


def test_a_new_folder_is_made_for_the_account(tmp_path: Path, account: Account) -> None:
    folder = tmp_path / "a/b"
    own_folder(folder, account)
    assert (folder.stat().st_uid, folder.stat().st_gid) == (account.uid, account.gid)
    assert folder.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_folder_that_is_there_changes_hands_only_if_it_is_the_services(
    tmp_path: Path, account: Account, *, is_shared: bool
) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    own_folder(folder, account, is_shared=is_shared)
    assert folder.stat().st_uid == (account.uid if is_shared else 0)


def test_a_file_in_its_place_is_an_error(tmp_path: Path, account: Account) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="File exists"):
        own_folder(tmp_path / "file", account)
