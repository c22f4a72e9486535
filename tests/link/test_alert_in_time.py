"""From a finding on the box to the message handed over, on 384 kbit/s with clips queued: p95 at most 60 s."""

import json
import threading
import time
from pathlib import Path

import pytest

from ashore.receivers import Hook, hook
from link.crossing import crossing, mobile
from link.network import cable
from station.alert_settings import AlertSettings
from station.alerting import Alerting
from station.channels import Webhook
from station.clock import utc_now

STILL_BYTES = 30_000
CLIP_BYTES = 5_000_000
BUDGET_S = 60.0
GROUP_S = 30.0


def told_after(folder: Path, haste: float, findings: int, apart_s: float) -> list[float]:
    """Seconds from each finding to its message, sorted. `haste` makes link and box faster, and the grouping with them."""
    with hook() as heard, cable(mobile(haste)) as line, crossing(folder, haste, line, seed=3) as both:
        channel = Webhook("ioc", heard.url, b"a secret of the office")
        settings = AlertSettings("https://tram.example", "vi", 1, GROUP_S / haste, None, (channel,))
        stop = threading.Event()
        alerting = Alerting(both.station.store, settings, utc_now)
        thread = threading.Thread(
            target=alerting.run, args=(stop, lambda seconds: stop.wait(seconds / haste)), name="alerts"
        )
        thread.start()
        try:
            both.keep("before", *[CLIP_BYTES] * 20)  # half an hour of clips at this rate
            found: dict[str, float] = {}
            for number in range(findings):
                time.sleep(apart_s / haste)
                found[f"e{number}"] = time.monotonic()
                both.keep(f"e{number}", STILL_BYTES, STILL_BYTES)
            _all_told(heard, findings + 1, 10 * BUDGET_S / haste)
            assert not both.delivered()  # the clips are still on their way
        finally:
            stop.set()
            thread.join()
            line.rate(mobile(100))
    times = {
        event["code"].rpartition("/")[2]: posted.at
        for posted in heard.posted
        for event in json.loads(posted.body)["events"]
    }
    return sorted(haste * (times[name] - began) for name, began in found.items())


def _all_told(heard: Hook, count: int, within_s: float) -> None:
    ends = time.monotonic() + within_s
    while sum(len(json.loads(posted.body)["events"]) for posted in list(heard.posted)) < count:
        assert time.monotonic() < ends, "not everything was told"
        time.sleep(0.05)


def p95(times: list[float]) -> float:
    return times[max(0, -(-95 * len(times) // 100) - 1)]


def test_a_finding_is_told_within_a_minute_while_clips_are_queued(tmp_path: Path) -> None:
    times = told_after(tmp_path, haste=5.0, findings=12, apart_s=7.0)
    print(f"median {times[len(times) // 2]:.1f} s, p95 {p95(times):.1f} s, worst {times[-1]:.1f} s")  # noqa: T201 - the figure
    assert p95(times) <= BUDGET_S


@pytest.mark.soak
def test_a_finding_is_told_within_a_minute_at_the_real_rate(tmp_path: Path) -> None:
    times = told_after(tmp_path, haste=1.0, findings=30, apart_s=11.0)
    print(f"median {times[len(times) // 2]:.1f} s, p95 {p95(times):.1f} s, worst {times[-1]:.1f} s")  # noqa: T201 - the figure
    assert p95(times) <= BUDGET_S
