"""A bucket exchanged for a larger one looks larger at the same places of its way, and stays so."""

import math
import random

from activity.gear_builders import SECOND, box, bucket_at, grab
from agent.activity.bucket import Seen, find_bucket
from agent.activity.bucket_size import BucketSize
from agent.activity.views import View, Views
from agent.licence.rules import Terms
from agent.types import Apparent, FindingKind, Happening, Origin, Verdict
from agent.watch import Watch, WatchSettings
from builders import fix

HOUR = 3600
PERIOD_S = 60.0
SIZE = 0.05  # a share of the picture's width
LARGER = (2.5 / 1.5) ** (1 / 3)  # of a length: a bucket of 2.5 m3 in the place of one of 1.5


def work(
    held: BucketSize, hours: float, *, times: float = 1.0, off_x: float = 0.0, seed: int = 1
) -> Apparent | None:
    """Two looks a second at a bucket on its way, nearer and so larger where it takes; boxes waver by a tenth."""
    rng = random.Random(seed)
    for number in range(int(hours * HOUR * 2)):
        place = bucket_at(number / 2, PERIOD_S)
        if place is not None and rng.random() < 0.7:
            x, y = place[0] / 320 + rng.gauss(0, 0.01), place[1] / 180 + rng.gauss(0, 0.01)
            size = SIZE * times * (1.3 - 0.5 * x) * math.exp(rng.gauss(0, 0.1))
            held.step(Seen(number * SECOND // 2, x + off_x, y, in_hold=False, size=size))
    return held.apparent()


def test_same_bucket_all_day_differs_at_no_time() -> None:
    held = BucketSize()
    told = [seen for hour in range(8) if (seen := work(held, 1, seed=hour)) is not None]
    assert len(told) >= 6
    assert not any(seen.differs for seen in told)
    assert all(abs(seen.volume_ratio - 1) < 0.05 for seen in told)


def test_bucket_exchanged_for_a_larger_one_is_known_within_an_hour_of_work_with_its_volume() -> None:
    held = BucketSize()
    work(held, 2)
    seen = work(held, 1, times=LARGER)
    assert seen is not None
    assert seen.differs
    assert abs(seen.volume_ratio - 2.5 / 1.5) < seen.error


def test_larger_bucket_for_ten_minutes_is_not_lasting() -> None:
    held = BucketSize()
    work(held, 2)
    seen = work(held, 1 / 6, times=LARGER)
    assert seen is not None
    assert not seen.differs


def test_where_the_boom_goes_elsewhere_the_reference_has_nothing_to_say() -> None:
    held = BucketSize()
    work(held, 2)
    seen = work(held, 1, times=LARGER, off_x=0.4)
    assert seen is not None
    assert abs(seen.volume_ratio - 1) < 0.06


def test_after_the_site_check_the_bucket_of_that_hour_is_the_reference() -> None:
    held = BucketSize()
    work(held, 2)
    work(held, 1, times=LARGER)
    held.commission()
    seen = work(held, 1, times=LARGER)
    assert seen is not None
    assert (seen.differs, seen.commissioned) == (False, True)


def test_box_that_is_cut_off_by_the_edge_is_not_measured() -> None:
    whole = find_bucket((box("bucket", 90, 60),), (320, 180), None, 0, None)
    cut = find_bucket((box("bucket", 4, 60),), (320, 180), None, 0, None)
    assert whole is not None
    assert cut is not None
    assert whole.size > 0
    assert cut.size == 0


def test_reference_outlives_a_restart_of_the_box() -> None:
    views = Views((View("deck"),), detector=True)
    work(views._gear["deck"].size, 2)
    later = Views((View("deck"),), detector=True)
    later.restore(views.snapshot(), same_boot=False)
    work(later._gear["deck"].size, 1, times=LARGER)
    evidence = later.evidence(0)
    assert evidence is not None
    assert evidence.apparent is not None
    assert evidence.apparent.differs


def test_watch_tells_of_the_exchanged_bucket_as_a_lead_never_as_a_breach() -> None:
    terms = Terms(own_vessel="dredger", has_gear=True, licences=())
    watch = Watch(
        WatchSettings(terms, ("deck",), views=(View("deck"),), model_hash="ab" * 32),
        "boot-1",
        Origin("replay", "test", synthetic=True),
    )
    found = []
    for seen in [*grab(1500), *grab(3000, from_s=1500, size=14.0 * LARGER)]:
        if seen.mono_ns % (10 * SECOND) == 0:
            watch.step(fix(seen.mono_ns / SECOND))
        found += [change.event for change in watch.step(seen).events]
    events = [event for event in found if event.happening is Happening.PRODUCTION]
    assert events
    kinds = {(item.kind, item.verdict) for event in events for item in event.findings}
    assert kinds == {(FindingKind.BUCKET_DIFFERS, Verdict.UNDETERMINED)}
