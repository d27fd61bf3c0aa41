"""So much in a time."""

from scanwarden.web.rates import MAX_CLIENTS, Rate


def test_a_bucket_empties_and_fills_again() -> None:
    now_s = [0.0]
    rate = Rate(burst=3, a_minute=60, clock_s=lambda: now_s[0])
    assert [rate.allows("a") for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b")
    now_s[0] = 1.0
    assert [rate.allows("a") for _ in range(2)] == [True, False]
    now_s[0] = 1000.0
    assert [rate.allows("a") for _ in range(4)] == [True, True, True, False]


def test_the_table_of_clients_has_a_ceiling() -> None:
    rate = Rate(burst=1, a_minute=1)
    for number in range(MAX_CLIENTS * 2):
        rate.allows(str(number))
    assert len(rate) == MAX_CLIENTS
