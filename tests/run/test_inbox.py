"""Many threads in, one stream out, and no drop uncounted."""

import threading

from agent.run import inbox
from agent.run.inbox import Inbox
from agent.types import Observation
from builders import fix


def seen(at: int, camera: str = "deck") -> Observation:
    return Observation(at, camera, 640, 360, 100.0, 50.0)


def test_fixes_come_out_in_the_order_they_went_in() -> None:
    box = Inbox()
    for at in range(5):
        box.put(fix(at))
    assert [box.get(0) for _ in range(5)] == [fix(at) for at in range(5)]


def test_of_each_camera_only_the_newest_observation_waits_and_the_rest_is_counted() -> None:
    box = Inbox()
    for at in range(4):
        box.put(seen(at))
    box.put(seen(9, "mast"))
    assert [box.get(0), box.get(0), box.get(0)] == [seen(3), seen(9, "mast"), None]
    assert box.dropped == {"camera:deck": 3}


def test_fixes_go_before_pictures() -> None:
    box = Inbox()
    box.put(seen(1))
    box.put(fix(2))
    assert box.get(0) == fix(2)


def test_a_core_that_hangs_costs_bounded_memory_and_the_oldest_fixes() -> None:
    box = Inbox()
    for at in range(inbox.QUEUE_LIMIT + 10):
        box.put(fix(at))
    assert box.dropped == {"Fix": 10}
    assert box.get(0) == fix(10)


def test_get_waits_for_a_reading_of_another_thread() -> None:
    box = Inbox()
    threading.Timer(0.05, lambda: box.put(fix(1))).start()
    assert box.get(10) == fix(1)


def test_get_gives_up_after_its_time() -> None:
    assert Inbox().get(0.01) is None
