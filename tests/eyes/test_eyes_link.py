"""What crosses between core and eyes, and what waits there."""

import contextlib
import os
import pickle
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.eyes.link import LONGEST_BYTES, LinkError, Unpacker, Upward, pack
from agent.eyes.mailbox import LONGEST, Mailbox
from agent.types import Detection, EvidenceFile, Health, Look, Observation, Seal, Sealed, SourceState

BOX = Detection("bucket", 0.5, 1.0, 2.0, 3.0, 4.0)
MESSAGES: list[Upward | Look | Seal] = [
    Observation(1, "deck", 320, 180, 90.5, 12.25, (BOX,), "0" * 64),
    Observation(2, "deck", 320, 180, 90.5, 12.25),
    SourceState(3, "camera:deck", Health.SILENT, "camera deck has sent nothing for 10 s"),
    Sealed(4, "e", (EvidenceFile("a" * 64, "still", "image/jpeg", 5, "deck", 4, 320, 180, (BOX,)),)),
    None,
    Look("deck", 0.5),
    Seal("e", "deck", 1, 2),
]


@given(sizes=st.lists(st.integers(1, 200), min_size=1, max_size=50))
def test_messages_arrive_whole_however_they_are_cut(sizes: list[int]) -> None:
    stream = b"".join(pack(message) for message in MESSAGES)
    unpacker = Unpacker()
    arrived: list[object] = []
    turn = 0
    while stream:
        size = sizes[turn % len(sizes)]
        turn += 1
        arrived += unpacker.feed(stream[:size])
        stream = stream[size:]
    assert arrived == MESSAGES


class Intruder:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def framed(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


def test_message_that_would_run_a_command_is_refused() -> None:
    with pytest.raises(LinkError, match=r"system, which does not cross"):
        list(Unpacker().feed(framed(pickle.dumps(Intruder()))))


@given(body=st.binary(max_size=200))
def test_garbage_makes_no_foreign_exception(body: bytes) -> None:
    with contextlib.suppress(LinkError):
        list(Unpacker().feed(framed(body)))


def test_announced_giant_is_refused_before_it_is_gathered() -> None:
    with pytest.raises(LinkError, match="announced"):
        list(Unpacker().feed(struct.pack("!I", LONGEST_BYTES + 1)))
    with pytest.raises(LinkError, match="longer than"):
        pack(SourceState(0, "eyes", Health.FAILED, "x" * LONGEST_BYTES))


def look_at(at: int, camera: str = "deck") -> Observation:
    return Observation(at, camera, 320, 180, 90.0, 10.0)


def state(at: int) -> SourceState:
    return SourceState(at, "camera:deck", Health.FAILED, "it fell")


def taken_from(mailbox: Mailbox[Observation | SourceState | Sealed]) -> list[int]:
    mailbox.close()
    taken = []
    while (item := mailbox.take()) is not None:
        taken.append(item.mono_ns)
    return taken


def test_newest_look_of_each_camera_wins_and_the_rest_waits_in_order() -> None:
    mailbox: Mailbox[Observation | SourceState | Sealed] = Mailbox()
    for item in (look_at(1), state(2), look_at(3), look_at(4, "bow"), Sealed(5, "e", ()), look_at(6)):
        mailbox.put(item)
    assert taken_from(mailbox) == [2, 4, 5, 6]
    assert mailbox.dropped == 2


def test_flood_of_states_is_bounded_and_no_answer_is_lost_in_it() -> None:
    mailbox: Mailbox[Observation | SourceState | Sealed] = Mailbox()
    mailbox.put(Sealed(0, "e", ()))
    for at in range(1, 2 * LONGEST + 1):
        mailbox.put(state(at))
    taken = taken_from(mailbox)
    assert len(taken) == LONGEST
    assert taken[0] == 0
    assert taken[-1] == 2 * LONGEST
    assert mailbox.dropped == LONGEST + 1


def test_close_wakes_who_waits_for_a_reading() -> None:
    mailbox: Mailbox[Observation] = Mailbox()
    got: list[Observation | None] = []
    waiting = threading.Thread(target=lambda: got.append(mailbox.take()))
    waiting.start()
    mailbox.close()
    waiting.join()
    mailbox.put(look_at(1))
    assert got == [None]
    assert mailbox.take() is None
