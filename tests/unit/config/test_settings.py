"""Layers become settings, or everything that is wrong with them is said at once."""

from pathlib import Path

import pytest

from scanwarden.config import Problem, Settings, WrongSettingsError, load
from scanwarden.config.quantity import Duration
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.sinks_email import EmailSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.watch import WatchSettings


class Etc:
    """A folder that stands for /etc/scanwarden."""

    def __init__(self, root: Path) -> None:
        self.main = root / "scanwarden.toml"
        self.conf_d = root / "conf.d"
        self.conf_d.mkdir()
        self.write("")

    def write(self, text: str, name: str | None = None) -> None:
        (self.main if name is None else self.conf_d / name).write_text(text)

    def problems(self, environment: dict[str, str] | None = None) -> list[Problem]:
        with pytest.raises(WrongSettingsError) as error:
            load(self.main, environment)
        assert str(error.value)
        return list(error.value.problems)


@pytest.fixture
def etc(tmp_path: Path) -> Etc:
    return Etc(tmp_path)


def test_an_empty_configuration_gives_the_defaults(etc: Etc) -> None:
    settings = load(etc.main)
    assert settings.of(PolicySettings) == Settings.defaults().of(PolicySettings) == PolicySettings()
    assert settings.of(PolicySettings).mode == "observe"
    assert settings.origin("policy", "mode") is None


def test_later_files_win_and_tables_are_merged(etc: Etc) -> None:
    etc.write('[policy]\nmode = "enforce"\nladder = ["1 min", "2 min"]\n[store]\nqueue = 500\n')
    etc.write("[policy]\nladder = ['3 min']\n", "20-b.toml")
    etc.write("[policy]\nladder = ['5 min']\nflood_budget = 3\n", "10-a.toml")
    etc.write("[policy]\nmode = 3\n", "30-not-read.toml.bak")
    settings = load(etc.main)
    policy = settings.of(PolicySettings)
    assert (policy.mode, policy.ladder, policy.flood_budget) == ("enforce", (Duration.parse("3 min"),), 3)
    assert settings.of(StoreSettings).queue == 500
    assert str(settings.origin("policy", "ladder")) == f"{etc.conf_d / '20-b.toml'}:2"
    assert str(settings.origin("policy", "mode")) == f"{etc.main}:2"


def test_the_environment_has_the_last_word(etc: Etc) -> None:
    etc.write('[policy]\nmode = "observe"\n')
    settings = load(
        etc.main,
        {
            "SCANWARDEN_POLICY__MODE": "enforce",
            "SCANWARDEN_POLICY__LADDER": "1 min, 2 min",
            "SCANWARDEN_WATCH__INTERFACES": '["eth0"]',
            "SCANWARDEN_WATCH__PROMISCUOUS": "true",
            "SCANWARDEN_SINKS__EMAIL__TO": "a@example.net",
            "SCANWARDEN_CASES": "not ours",
            "OTHER__MODE": "not ours",
        },
    )
    assert settings.of(PolicySettings).mode == "enforce"
    assert settings.of(PolicySettings).ladder == (Duration.parse("1 min"), Duration.parse("2 min"))
    assert settings.of(WatchSettings).interfaces == ("eth0",)
    assert settings.of(WatchSettings).promiscuous is True
    assert [str(mail) for mail in settings.of(EmailSettings).to] == ["a@example.net"]
    assert str(settings.origin("policy", "mode")) == "SCANWARDEN_POLICY__MODE"


def test_all_problems_of_all_layers_are_told_at_once(etc: Etc) -> None:
    etc.write('[watch]\ninterface = ["eth0"]\n\n[policy]\nmode = "enforced"\nladder = [\n "1 h",\n "2 hrs"]\n')
    etc.write("[detektor]\nx = 1\n[[policy.networks]]\nmode = 'observe'\n", "a.toml")
    etc.write("[store]\nqueue = \n", "b.toml")
    found = etc.problems({"SCANWARDEN_STORE__QUEUE": "many", "SCANWARDEN_POLCY__MODE": "enforce"})
    places = {(Path(one.file).name, one.line, one.option) for one in found}
    assert places == {
        ("scanwarden.toml", 2, "watch.interface"),
        ("scanwarden.toml", 5, "policy.mode"),
        ("scanwarden.toml", 8, "policy.ladder[2]"),
        ("a.toml", 1, "detektor"),
        ("a.toml", 3, "policy.networks[1].networks"),
        ("b.toml", 2, ""),
        ("SCANWARDEN_STORE__QUEUE", None, "store.queue"),
        ("SCANWARDEN_POLCY__MODE", None, "polcy"),
    }


def test_a_wrong_value_is_told_even_where_a_later_file_replaces_it(etc: Etc) -> None:
    etc.write('[policy]\nmode = "enforced"\n')
    etc.write('[policy]\nmode = "enforce"\n', "a.toml")
    assert [(one.file, one.line) for one in etc.problems()] == [(str(etc.main), 2)]


@pytest.mark.parametrize(
    ("text", "line", "option", "words", "remedy"),
    [
        ("[watch]\ninterface = []", 2, "watch.interface", "no option here", 'did you mean "interfaces"?'),
        ("[policy]\nMode = 'x'", 2, "policy.Mode", "no option here", 'did you mean "mode"?'),
        ("[policy]\nmemory = '1 MiB'", 2, "policy.memory", "no option here", "it belongs to [detector]"),
        ("[responders.nftable]\n", 1, "responders.nftable", "no option here", 'did you mean "nftables"?'),
        ("mode = 'observe'", 1, "mode", "no option here", "it belongs to [policy]"),
        ("[watch]\nring = 8", 2, "watch.ring", "must be an amount of memory", "write it in quotes, with its unit"),
        ("[watch]\nring = '8 M'", 2, "watch.ring", "'M' is no unit", 'did you mean "MB"?'),
        ("[watch]\nring = '1 B'", 2, "watch.ring", "1 B is too small", "the least is 1 MiB"),
        ("[policy]\ngroup_ban = '1 h'", 2, "policy.group_ban", "too large", "the most is 1 min"),
        ("[policy]\nladder = ['60 d']", 2, "policy.ladder", "60 d is too large", "the most is 30 d"),
        ("[policy]\nladder = []", 2, "policy.ladder", "has 0 elements", None),
        ("[policy]\nladder = ['1 h', '1 min']", 2, "policy.ladder", "at least as long", None),
        ("[policy]\nallowlist = '::1'", 2, "policy.allowlist", "must be a list", 'put it into brackets: ["::1"]'),
        ("[policy]\nallowlist = ['0.0.0.0/0']", 2, "policy.allowlist", "allows everybody", None),
        ("[policy]\nminimum_severity = 6", 2, "policy.minimum_severity", "a whole number from 1 to 5", None),
        ("[policy]\nminimum_severity = '3'", 2, "policy.minimum_severity", "not the text '3'", "remove the quotes"),
        ("[policy]\nminimum_severity = true", 2, "policy.minimum_severity", "not true", None),
        ("[watch]\npromiscuous = 'yes'", 2, "watch.promiscuous", "true or false", "write true without quotes"),
        ("[watch]\npromiscuous = 'False'", 2, "watch.promiscuous", "true or false", "remove the quotes: false"),
        ("[detector]\nfalse_alarm_rate = nan", 2, "detector.false_alarm_rate", "must be a number", None),
        ("[detector]\nknocks = [[1, 0]]", 2, "detector.knocks[1][2]", "from 1 to 65535", None),
        ("[watch]\ninterfaces = ['e/0']", 2, "watch.interfaces[1]", "the name of an interface", None),
        ("watch = 3", 1, "watch", "must be a table", "write [watch] on a line"),
        ("[policy]\nmode = 2020-01-01", 2, "policy.mode", "not the date or time", None),
        ("[policy.sensors.replay]\nmod = 1", 2, "policy.sensors.replay.mod", "no option here", 'did you mean "mode"?'),
        ("[traps]\ntcp = '1-70000'", 2, "traps.tcp", "not a range of ports", None),
        ("[policy]\nmode = enforce", 2, "", "not valid TOML", "put texts into quotes"),
        ("[policy]\nforgeable_ban = 10min", 2, "", "not valid TOML", "put values with a unit into quotes"),
        ("[policy\n", 1, "", "not valid TOML", None),
        ("a = 1\na = 2", 2, "", "not valid TOML", None),
    ],
)
def test_a_mistake_is_met_with_place_reason_and_remedy(  # noqa: PLR0917  (one row of the table)
    etc: Etc, text: str, line: int, option: str, words: str, remedy: str | None
) -> None:
    etc.write(text)
    (problem,) = etc.problems()
    assert (problem.line, problem.option) == (line, option)
    assert words in problem.text
    if remedy is not None:
        assert problem.remedy == remedy


def test_what_contradicts_across_files_is_told_where_it_was_set(etc: Etc) -> None:
    etc.write("[sinks.email]\nenabled = true\n")
    etc.write('[sinks.email]\nsender = "a@example.net"\nto = []\n', "mail.toml")
    (problem,) = etc.problems()
    assert (Path(problem.file).name, problem.line, problem.option) == ("mail.toml", 3, "sinks.email.to")


def test_a_secret_that_others_can_read_is_a_problem_with_a_line(etc: Etc, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("x")
    (tmp_path / "word").chmod(0o644)
    etc.write(f'[sinks.email]\nuser = "u"\npassword_file = "{tmp_path / "word"}"\n')
    (problem,) = etc.problems()
    assert (problem.line, problem.option) == (3, "sinks.email.password_file")
    assert "mode 0644" in problem.text


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"a = '\xff'\n", 1, "not UTF-8"),
        (b"\n\n\xfe", 3, "not UTF-8"),
        (b"a = " + b"[" * 5000, 1, "nested too deeply"),
        (b"a = " + b"9" * 5000, 1, "not valid TOML"),
        (b"#" * 300_000, None, "larger than"),
        (b"\0", 1, "not valid TOML"),
    ],
)
def test_bytes_that_are_no_configuration_are_told(etc: Etc, content: bytes, line: int | None, words: str) -> None:
    etc.main.write_bytes(content)
    (problem,) = etc.problems()
    assert problem.line == line
    assert words in problem.text


def test_a_missing_file_and_one_that_everybody_may_write_are_told(etc: Etc) -> None:
    etc.write("", "loose.toml")
    (etc.conf_d / "loose.toml").chmod(0o666)
    etc.main.unlink()
    missing, loose = etc.problems()
    assert "No such file" in missing.text
    assert missing.remedy == "run `scanwarden config init` to write one"
    assert loose.remedy == f"run `chmod o-w {etc.conf_d / 'loose.toml'}`"


def test_a_flood_of_mistakes_is_cut_short_in_the_message(etc: Etc) -> None:
    etc.write("[policy]\n" + "".join(f"x{number} = 1\n" for number in range(200)))
    with pytest.raises(WrongSettingsError, match=r"x0 is no option here.*\(and 199 more\)") as error:
        load(etc.main)
    assert len(error.value.lines()) == 51
    assert error.value.lines()[-1] == "and 150 more problems"


def test_escape_sequences_in_a_configuration_do_not_reach_the_terminal(etc: Etc) -> None:
    etc.write('[policy]\nmode = "\\u001b[2J"\n"\\u001b[31m" = 1\n')
    assert len(etc.problems()) == 2
    assert all("\x1b" not in str(problem) for problem in etc.problems())
