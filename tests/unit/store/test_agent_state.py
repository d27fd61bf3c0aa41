"""An agent's word is read as it was written, and what is no such word is an error."""

from pathlib import Path

import pytest

from scanwarden.errors import StoreError
from scanwarden.store.agent_state import FILE_NAME, AgentState, keep_agent_state, last_agent_state

STATE = AgentState(time_ns=5, host="web1", contacts_told=7, last_ban="192.0.2.7/32 banned", last_ban_ns=3)


def test_the_last_state_is_read_back(tmp_path: Path) -> None:
    assert last_agent_state(tmp_path) is None
    keep_agent_state(AgentState(time_ns=1), tmp_path)
    keep_agent_state(STATE, tmp_path)
    assert last_agent_state(tmp_path) == STATE
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"time_ns": "now"}', b"\xff"])
def test_what_no_agent_wrote_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StoreError, match="is not what an agent writes"):
        last_agent_state(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        keep_agent_state(STATE, tmp_path / "nowhere")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / f".{FILE_NAME}.new").symlink_to(precious)
    with pytest.raises(StoreError, match="cannot be written"):
        keep_agent_state(STATE, tmp_path)
    assert precious.read_text() == "kept"
