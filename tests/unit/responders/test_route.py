from scanwarden.responders.route import RouteResponder
from tests.unit.responders.samples import ban_of


def test_a_ban_that_must_spare_connections_is_refused() -> None:
    receipt = RouteResponder().ban([ban_of("192.0.2.7", forgeable=True)])
    assert not receipt.in_force
    assert "must be spared" in receipt.refused[0].reason
