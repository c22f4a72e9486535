"""Telling people of what waits: signed, once, together, not at night, and never more than a code and a link."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

import builders
from agent.types import Event, Verdict
from ashore.boat import Boat
from ashore.receivers import Hook, Post, hook, post
from ashore.test_people import Clock
from ashore.test_review import Inspector
from station.alert_settings import AlertSettings, AlertSettingsError, Quiet, read_settings
from station.alert_text import SHORT_BYTES, Message, plain, short_of
from station.alerting import Alerting
from station.app import Station
from station.channels import Apprise, Channel, ChannelError, Mail, Webhook, signature

SECRET = b"a secret of the office"
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # 12:00 on the river
MESSAGE = Message("s", "t\n", "short", "https://x.example", 5, ())
NIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 23:00


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> Iterator[Hook]:
    with hook() as made:
        yield made


def telling(station: Station, clock: Clock, *channels: Channel, quiet: Quiet | None = None) -> Alerting:
    settings = AlertSettings("https://tram.example", "vi", 5, 30.0, quiet, channels)
    return Alerting(station.store, settings, clock)


def numbered(number: int, **other: object) -> Event:
    at = builders.stamp(60 * number)
    return builders.event(event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(), **other)


def test_an_event_is_told_of_once_with_its_code_and_link_and_a_signature(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    boat.happens(numbered(1))
    boat.send()
    alerting = telling(station, clock, Webhook("ioc", told.url, SECRET))
    assert alerting.step() == {"ioc": 1}
    clock.now += timedelta(minutes=5)
    assert alerting.step() == {}
    (posted,) = told.posted
    body = json.loads(posted.body)
    assert body["events"] == [
        {
            "code": "barge-1/voyage:test.1",
            "link": "https://tram.example/events/barge-1/voyage:test.1",
            "weight": body["weight"],
        }
    ]
    assert set(body) == {"v", "text", "link", "weight", "events"}
    headers = posted.headers
    assert headers["webhook-signature"] == signature(
        SECRET, headers["webhook-id"], headers["webhook-timestamp"], posted.body
    )


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification, with the secret as bytes."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_follows_is_told_together_and_what_nobody_waits_for_is_not_told(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    alerting = telling(station, clock, Webhook("ioc", told.url, SECRET))
    boat.happens(numbered(1))
    boat.send()
    assert alerting.step() == {"ioc": 1}
    for number in (2, 3, 4):
        boat.happens(numbered(number))
    boat.happens(numbered(5, findings=(builders.finding(verdict=Verdict.PERMITTED),)))
    boat.happens(numbered(6, findings=(builders.finding(verdict=Verdict.UNDETERMINED),)))  # too light
    boat.send()
    assert Inspector(boat, station).rules(4, "no_breach", "passing") == 200
    assert alerting.step() == {}
    clock.now += timedelta(seconds=31)
    assert alerting.step() == {"ioc": 2}
    body = json.loads(told.posted[-1].body)
    assert body["link"] == "https://tram.example/queue"
    assert body["text"] == "Sandwatch: 2 sự kiện chờ xem xét"


def test_what_becomes_heavier_is_told_again_and_what_only_goes_on_is_not(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    alerting = telling(station, clock, Webhook("ioc", told.url, SECRET))
    boat.happens(numbered(1, findings=(builders.finding(value=12.0, error=5.0),)))
    boat.send()
    assert alerting.step() == {"ioc": 1}
    clock.now += timedelta(minutes=1)
    boat.happens(numbered(1, findings=(builders.finding(value=13.0, error=5.0),)))
    boat.send()
    assert alerting.step() == {}
    boat.happens(numbered(1, findings=(builders.finding(value=66.0, error=5.0),)))
    boat.send()
    assert alerting.step() == {"ioc": 1}


def test_two_workers_tell_once(boat: Boat, station: Station, told: Hook, clock: Clock) -> None:
    boat.happens(numbered(1))
    boat.send()
    channel = Webhook("ioc", told.url, SECRET)
    one, other = telling(station, clock, channel), telling(station, clock, channel)
    assert (one.step(), other.step()) == ({"ioc": 1}, {})
    assert len(told.posted) == 1


@pytest.mark.parametrize("status", [500, 302])
def test_a_refused_message_is_tried_again_and_a_dead_channel_is_left_alone(
    boat: Boat, station: Station, told: Hook, clock: Clock, status: int
) -> None:
    boat.happens(numbered(1))
    boat.send()
    alerting = telling(station, clock, Webhook("ioc", told.url, SECRET))
    told.status = status
    for _ in range(5):
        assert alerting.step() == {}
    assert len(told.posted) == 3
    assert len({posted.headers["webhook-id"] for posted in told.posted}) == 1
    clock.now += timedelta(seconds=61)
    alerting.step()
    assert len(told.posted) == 4
    clock.now += timedelta(seconds=61)
    alerting.step()
    assert len(told.posted) == 4  # two minutes now
    told.status = 200
    clock.now += timedelta(seconds=60)
    assert alerting.step() == {"ioc": 1}


def test_a_dead_channel_does_not_hold_up_another(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    boat.happens(numbered(1))
    boat.send()
    dead = Mail("mail", "127.0.0.1", 1, "plain", "a@b.example", ("c@d.example",))
    assert telling(station, clock, dead, Webhook("ioc", told.url, SECRET)).step() == {"ioc": 1}


def test_at_night_only_what_is_heavy_is_told_and_the_rest_in_the_morning(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    quiet = Quiet(time(21), time(5, 30), unless_weight=6)
    alerting = telling(station, clock, Webhook("ioc", told.url, SECRET), quiet=quiet)
    boat.happens(numbered(1, findings=(builders.finding(value=12.0, error=5.0),)))  # weighs 5
    boat.send()
    clock.now = NIGHT
    assert alerting.step() == {}
    boat.happens(numbered(2, findings=(builders.finding(value=66.0, error=5.0),)))  # weighs 6
    boat.send()
    assert alerting.step() == {"ioc": 1}
    clock.now = NIGHT + timedelta(hours=7)
    assert alerting.step() == {"ioc": 1}
    assert [quiet.holds(at) for at in (time(20, 59), time(21), time(5, 29), time(5, 30))] == [
        False,
        True,
        True,
        False,
    ]


def test_what_is_a_day_old_stands_in_the_queue_and_is_not_told(
    boat: Boat, station: Station, told: Hook, clock: Clock
) -> None:
    boat.happens(numbered(1))
    boat.send()
    clock.now += timedelta(hours=25)
    assert telling(station, clock, Webhook("ioc", told.url, SECRET)).step() == {}


# ── mail and apprise ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def office() -> Iterator[Post]:
    with post() as made:
        yield made


def test_mail_arrives_at_a_real_server(boat: Boat, station: Station, office: Post, clock: Clock) -> None:
    boat.happens(numbered(1))
    boat.send()
    channel = Mail("mail", "127.0.0.1", office.port, "plain", "tram@example.vn", ("lan@example.vn",))
    assert telling(station, clock, channel).step() == {"mail": 1}
    (mail,) = office.mails
    assert mail["Subject"] == "Sandwatch: nghi vấn vi phạm, barge-1"
    assert (mail["To"], mail["Auto-Submitted"]) == ("lan@example.vn", "auto-generated")
    text = mail.get_content()
    assert "https://tram.example/events/barge-1/voyage:test.1" in text
    assert list(mail.iter_attachments()) == []
    assert "66" not in text  # nothing of what was measured


def test_a_refused_receiver_is_a_failure_that_names_him(
    office: Post, station: Station, boat: Boat, clock: Clock
) -> None:
    boat.happens(numbered(1))
    boat.send()
    both = ("lan@example.vn", "gone@nowhere.example")
    channel = Mail("mail", "127.0.0.1", office.port, "plain", "tram@example.vn", both)
    settings = telling(station, clock, channel)
    assert settings.step() == {}
    with pytest.raises(ChannelError, match=r"gone@nowhere\.example"):
        channel.send(MESSAGE, "msg_1", NOON)


def test_a_server_without_tls_gets_no_mail_where_tls_is_asked_for(office: Post) -> None:
    channel = Mail("mail", "127.0.0.1", office.port, "starttls", "tram@example.vn", ("lan@example.vn",))
    with pytest.raises(ChannelError, match="STARTTLS"):
        channel.send(MESSAGE, "msg_1", NOON)
    assert office.mails == []


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # apprise looks for it
def test_the_extra_sends_the_short_form(told: Hook) -> None:
    """apprise itself, to its own kind of web hook: the way to Telegram, Zalo and SMS gateways is the same call."""
    channel = Apprise("zalo", told.url.replace("http://", "json://"), short=True)
    channel.send(MESSAGE, "msg_1", NOON)
    assert json.loads(told.posted[0].body)["message"] == "short"
    told.status = 500
    with pytest.raises(ChannelError, match="did not take"):
        channel.send(MESSAGE, "msg_2", NOON)
    with pytest.raises(ChannelError, match="does not understand"):
        Apprise("zalo", "nonsense", short=True).send(MESSAGE, "msg_3", NOON)


@pytest.mark.parametrize("count", [1, 200])
@pytest.mark.parametrize("device", ["barge-1", "sà-lan-đ" * 8])
@pytest.mark.parametrize(
    "link", ["https://t.vn/queue", "https://" + "tram." * 12 + "vn/queue", "https://" + "x" * 300]
)
def test_the_short_form_fits_an_sms_whatever_the_names(device: str, link: str, count: int) -> None:
    text = short_of(device, "nghi vấn vi phạm", count, link)
    assert len(text.encode()) <= SHORT_BYTES
    assert text.startswith("SW ")
    assert len(link) > SHORT_BYTES or text.endswith(link)
    assert plain("Đặng Thị Hoà, nghi vấn vi phạm") == "Dang Thi Hoa, nghi van vi pham"


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────

GOOD = """format = "sandwatch-alerts/1"
address = "https://tram.example/"
[quiet]
from = 21:00:00
to = 05:30:00
[[webhook]]
name = "ioc"
url = "https://ioc.example/hook"
secret_file = "ioc.secret"
[[mail]]
name = "phong"
server = "smtp.example"
from = "tram@example.vn"
to = ["lan@example.vn"]
[[apprise]]
name = "zalo"
url_file = "zalo.url"
short = true
"""


def file_of(folder: Path, text: str) -> Path:
    (folder / "ioc.secret").write_text(SECRET.decode() + "\n")
    (folder / "zalo.url").write_text("json://127.0.0.1/\n")
    path = folder / "alerts.toml"
    path.write_text(text)
    return path


def test_the_file_says_whom_to_tell_and_keeps_no_secret_itself(tmp_path: Path) -> None:
    settings = read_settings(file_of(tmp_path, GOOD))
    assert settings.address == "https://tram.example"
    assert settings.quiet == Quiet(time(21), time(5, 30), 7)
    assert settings.channels == (
        Webhook("ioc", "https://ioc.example/hook", SECRET),
        Mail("phong", "smtp.example", 587, "starttls", "tram@example.vn", ("lan@example.vn",)),
        Apprise("zalo", "json://127.0.0.1/", short=True),
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "phong"', 'name = "ioc"', "its own name"),
        ("https://ioc", "ftp://ioc", "webhook.0.url"),
        ('"lan@example.vn"', '"lan"', "'lan' is no address"),
        ("short = true", "shorter = true", "shorter"),
        ("[quiet]", "quiet", "alerts.toml"),
    ],
)
def test_a_wrong_file_is_a_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(AlertSettingsError, match=sentence):
        read_settings(file_of(tmp_path, GOOD.replace(old, new)))


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    path = file_of(tmp_path, GOOD)
    (tmp_path / "ioc.secret").write_text("\n")
    with pytest.raises(AlertSettingsError, match="no secret"):
        read_settings(path)
