"""Sets are renewed so that they hold what is wanted and nothing else."""

from scanwarden.model.address import Prefix
from scanwarden.responders.nft_sets import renewed_sets


def test_both_sets_are_emptied_and_filled_in_one_transaction() -> None:
    networks = [Prefix.parse(text) for text in ("192.0.2.1", "10.0.0.0/8", "2001:db8::/48")]
    assert renewed_sets("inet t", "kept", networks).splitlines() == [
        "flush set inet t kept_v4",
        f"add element inet t kept_v4 {{ {networks[0]}, 10.0.0.0/8 }}",
        "flush set inet t kept_v6",
        "add element inet t kept_v6 { 2001:db8::/48 }",
    ]


def test_without_networks_they_are_only_emptied() -> None:
    assert renewed_sets("inet t", "kept", ()) == "flush set inet t kept_v4\nflush set inet t kept_v6\n"
