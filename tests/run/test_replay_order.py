"""Recorded readings of several sources become one stream with time in it."""

import threading
import time

from agent.run.replay import merged, paced, with_ticks
from agent.types import Observation, Tick
from builders import SECOND, fix


def seen(at: float) -> Observation:
    return Observation(int(at * SECOND), "deck", 640, 360, 100.0, 50.0)


def test_readings_of_two_sources_come_in_the_order_of_their_stamps() -> None:
    stream = merged([[fix(0), fix(1), fix(2)], [seen(0.5), seen(1)]])
    assert list(stream) == [fix(0), seen(0.5), fix(1), seen(1), fix(2)]


def test_every_whole_second_has_a_tick() -> None:
    stream = list(with_ticks([fix(0.5), fix(2.5), fix(3)]))
    assert stream == [fix(0.5), Tick(SECOND), Tick(2 * SECOND), fix(2.5), Tick(3 * SECOND), fix(3)]


def test_a_paced_replay_takes_its_time_and_can_be_stopped() -> None:
    begun = time.monotonic()
    assert list(paced([fix(0), fix(2)], 20.0, threading.Event())) == [fix(0), fix(2)]
    assert time.monotonic() - begun >= 0.1
    stop = threading.Event()
    stop.set()
    assert list(paced([fix(0), fix(1000)], 1.0, stop)) == [fix(0)]


def test_what_the_store_has_already_is_not_paced() -> None:
    begun = time.monotonic()
    readings = [fix(0), fix(1000), fix(1000.5)]
    assert list(paced(readings, 1.0, threading.Event(), skip=2)) == readings
    assert time.monotonic() - begun < 10
