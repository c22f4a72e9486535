"""Links that come and go, lose packets, or lose answers (9.9, 9.10, 9.11, 9.13 of reliability.md)."""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from agent.outbox.progress import Outcome
from link.crossing import Crossing, crossing, mobile
from link.network import MOBILE_BIT_S, Cable, cable, needs

STILL_BYTES = 30_000
CLIP_BYTES = 5_000_000
UP_S, DOWN_S = 60.0, 20.0
AFTER_UP_S = 90.0
AFTER_CHUNK_S = 10.0


# ── sixty seconds up, twenty down ─────────────────────────────────────────────────────────────────────


class Tide(threading.Thread):
    """The link comes and goes; `up_since` is when it came last, None while it is away."""

    def __init__(self, line: Cable, both: Crossing, haste: float) -> None:
        super().__init__(name="tide")
        self._line, self._both, self._haste = line, both, haste
        self._ends = threading.Event()
        self.ups: list[tuple[float, float]] = []  # from when to when it was up

    def run(self) -> None:
        while True:
            came = time.monotonic()
            self.ups.append((came, float("inf")))
            if self._ends.wait(UP_S / self._haste):
                return
            self._line.down()
            self.ups[-1] = (came, time.monotonic())
            self._both.tap.end_all()
            time.sleep(DOWN_S / self._haste)
            self._line.up()

    def end(self) -> None:
        self._ends.set()
        self.join()


def sail(folder: Path, haste: float, minutes: float, events: int, clips: int) -> None:
    """Events with stills all the way, clips now and then, over a link that comes and goes."""
    with cable(mobile(haste)) as line, crossing(folder, haste, line, seed=9) as both:
        tide = Tide(line, both, haste)
        tide.start()
        written: dict[int, float] = {}
        arrived: dict[int, float] = {}

        def note() -> None:
            acked = both.store.acked_through()
            for seq in written:
                if seq <= acked:
                    arrived.setdefault(seq, time.monotonic())

        try:
            for number in range(events):
                sizes = [STILL_BYTES] + [CLIP_BYTES] * (number % (events // clips) == 0)
                written[both.keep(f"e{number}", *sizes)] = time.monotonic()
                until = time.monotonic() + minutes * 60 / events / haste
                while time.monotonic() < until:
                    note()
                    time.sleep(0.01)
        finally:
            tide.end()
        both.wait_for("#" + str(events), 60)
        note()
        line.rate(mobile(100))
        both.wait_for("all", 300)
        both.check_nothing_lost_or_doubled()
        worst = max(haste * _beyond(written[seq], arrived[seq], tide.ups) for seq in written)
        print(f"{events} events, {clips} clips: worst event {worst:.1f} s after the link was up")  # noqa: T201
        assert worst < AFTER_UP_S


def _beyond(written: float, arrived: float, ups: list[tuple[float, float]]) -> float:
    """How long an event took, counted from when it was written, or from when the link came where it was away."""
    came = next(begin for begin, end in ups if end > written)
    return arrived - max(written, came)


def test_events_arrive_soon_after_the_link_comes_back_each_time(tmp_path: Path) -> None:
    sail(tmp_path, haste=10, minutes=4, events=16, clips=2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_tide_of_two_hours(tmp_path: Path) -> None:
    """Two hours in twelve minutes; `PART=0.25` runs a quarter of it."""
    part = float(os.environ.get("PART", "1"))
    sail(tmp_path, 10, 120 * part, int(500 * part), int(20 * part))


# ── one packet in ten is lost ─────────────────────────────────────────────────────────────────────────


def through_loss(folder: Path, haste: float, minutes: float, events: int, clip_bytes: int) -> None:
    """Events with a still and a clip all the way, one packet in ten lost in both directions."""
    needs("nft", "nftables")
    with cable(mobile(haste)) as line:
        line.lose(10)
        with crossing(folder, haste, line, seed=10) as both:
            began, slowest = time.monotonic(), 0.0
            for number in range(events):
                seq = both.keep(f"e{number}", STILL_BYTES, clip_bytes)
                slowest = max(slowest, haste * both.wait_for(f"#{seq}", 120))
                time.sleep(max(0.0, began + (number + 1) * minutes * 60 / events / haste - time.monotonic()))
            both.wait_for("all", 1500)
            took = (time.monotonic() - began) * haste / 60
            both.check_nothing_lost_or_doubled()
            whole = both.store.counts().evidence_bytes
            share = both.resent_bytes() / whole
    print(  # noqa: T201
        f"{events} events, {whole} bytes in {took:.0f} minutes of the river, {share:.2%} sent again, "
        f"slowest event {slowest:.1f} s"
    )
    assert slowest < AFTER_UP_S


def test_nothing_is_lost_or_doubled_where_one_packet_in_ten_is_lost(tmp_path: Path) -> None:
    through_loss(tmp_path, haste=50, minutes=2, events=3, clip_bytes=400_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_loss_of_packets_for_half_an_hour(tmp_path: Path) -> None:
    """Real time on 384 kbit/s, time limits as shipped."""
    minutes = float(os.environ.get("MINUTES", "30"))
    through_loss(tmp_path, 1, minutes, events=round(minutes), clip_bytes=1_000_000)


# ── one answer in five is lost ────────────────────────────────────────────────────────────────────────


def through_lost_answers(folder: Path, requests: int) -> None:
    with crossing(folder, 200, seed=11) as both:
        both.tap.eat_answers(0.2, seed=11)
        number = 0
        while both.tap.answers < requests:
            number += 1
            both.keep(f"e{number}", 2000)
            both.wait_for("all", 120)
        both.check_nothing_lost_or_doubled()
        eaten = both.tap.answers_eaten
        print(f"{both.tap.answers} requests, {eaten} answers lost, {number} events")  # noqa: T201
        assert eaten > requests / 8


def test_each_record_and_file_is_there_once_where_one_answer_in_five_is_lost(tmp_path: Path) -> None:
    through_lost_answers(tmp_path, 200)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_lost_answers_two_thousand_times(tmp_path: Path) -> None:
    through_lost_answers(tmp_path, int(os.environ.get("REQUESTS", "2000")))


# ── an event during a clip ────────────────────────────────────────────────────────────────────────────


def interrupt(folder: Path, haste: float, times: int) -> None:
    """Every event is acknowledged within the chunk under way and ten seconds."""
    chance = random.Random(13)
    slack = []
    with cable(mobile(haste)) as line, crossing(folder, haste, line, seed=13) as both:
        for number in range(1 + times // 5):
            both.keep(f"clip{number}", CLIP_BYTES)
        while both.uploader.outcomes.get(Outcome.CHUNK, 0) < 2:
            time.sleep(0.05)
        for number in range(times):
            time.sleep(chance.uniform(0, 6) / haste)
            assert not both.delivered()
            chunk_s = both.uploader.chunk_bytes * 8 / MOBILE_BIT_S
            seq = both.keep(f"e{number}")
            took_s = both.wait_for(f"#{seq}", 60) * haste
            slack.append(took_s - chunk_s)
            assert slack[-1] <= AFTER_CHUNK_S, f"event {number} took {took_s:.1f} s, a chunk {chunk_s:.1f} s"
    print(f"{times} events, at worst {max(slack):.1f} s beyond a chunk")  # noqa: T201


def test_event_during_a_clip_goes_ahead_between_two_chunks(tmp_path: Path) -> None:
    interrupt(tmp_path, haste=4, times=6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_interrupted_clips_a_hundred_times(tmp_path: Path) -> None:
    interrupt(tmp_path, haste=4, times=100)
