"""Who has shown the token."""

from scanwarden.web.sessions import IDLE_LIMIT_S, LONGEST_S, MAX_MESSAGES, MAX_SESSIONS, Session, Sessions


def test_a_session_is_found_by_its_cookie_alone_and_ends() -> None:
    sessions = Sessions()
    cookie = sessions.begin()
    found = sessions.find(cookie)
    assert found is not None
    assert sessions.find(cookie + "x") is None
    sessions.end(cookie)
    assert sessions.find(cookie) is None


def test_a_session_that_rests_or_lasts_too_long_is_over() -> None:
    now_s = [0.0]
    sessions = Sessions(clock_s=lambda: now_s[0])
    rested, used = sessions.begin(), sessions.begin()
    while now_s[0] < LONGEST_S:
        assert sessions.find(used) is not None
        now_s[0] += IDLE_LIMIT_S - 1
    assert sessions.find(rested) is None
    now_s[0] = LONGEST_S + 1
    assert sessions.find(used) is None


def test_the_session_used_longest_ago_gives_way() -> None:
    sessions = Sessions()
    first, second = sessions.begin(), sessions.begin()
    assert sessions.find(first) is not None
    for _ in range(MAX_SESSIONS - 1):
        sessions.begin()
    assert sessions.find(second) is None
    assert sessions.find(first) is not None
    assert len(sessions) <= MAX_SESSIONS


def test_forms_belong_to_one_session() -> None:
    one, other = Session(0), Session(0)
    assert one.accepts(one.form_token)
    assert not one.accepts(other.form_token)
    assert not one.accepts("")
    assert not one.accepts("\udcff")


def test_messages_are_told_once_and_few() -> None:
    session = Session(0)
    for number in range(10):
        session.tell("done", str(number))
    assert [text for _, text in session.take_messages()] == ["6", "7", "8", "9"][-MAX_MESSAGES:]
    assert not session.take_messages()
