"""Every error says what failed, and what to do where that is known."""

from scanwarden.errors import BanError, ResponderError, ScanwardenError


def test_an_error_carries_message_and_remedy() -> None:
    error = BanError("cannot ban 192.0.2.7", remedy="run scanwarden doctor")
    assert (error.message, error.remedy) == ("cannot ban 192.0.2.7", "run scanwarden doctor")
    assert str(error) == "cannot ban 192.0.2.7; run scanwarden doctor"
    assert isinstance(error, ResponderError)


def test_an_error_without_remedy_prints_its_message_alone() -> None:
    assert str(ScanwardenError("the disk is full")) == "the disk is full"
