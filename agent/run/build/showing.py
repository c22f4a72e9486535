"""The panel of a live run: a thread that shows how the box is and what became of a config stick."""

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

from agent.errors import SourceError, StoreError
from agent.ports import Clock
from agent.run.flash.home import Home
from agent.run.lanes import Lanes
from agent.run.settings import Panel as PanelTable
from agent.run.signs import Signs, StickNews
from hw.panel import STEP_S, News, Panel, Pins, Sign

log = logging.getLogger(__name__)

STEPS_A_LOOK = 20
RETRY_S = 60.0


def signs_of(lanes: Lanes, home: Home | None) -> Signs:
    """What listens for the panel; the software on trial counts like a config on trial."""
    return Signs(lanes, () if home is None else (home, home.software))


def show(
    table: PanelTable, signs: Signs, home: Home | None, state_dir: Path, clock: Clock, stop: Flag
) -> None:
    """Until `stop`. A panel that cannot be used is logged and tried again: nothing else waits for it."""
    pins = Pins(**table.model_dump())
    news = None if home is None else StickNews(home, state_dir)
    while not stop.is_set():
        try:
            with closing(Panel(pins, clock)) as panel:
                run(panel, signs.sign, None if news is None else news.fresh, stop)
        except SourceError as error:
            log.error("%s; trying again in %.0f s", error, RETRY_S)
            stop.wait(RETRY_S)


def run(panel: Panel, sign: Callable[[], Sign], news: Callable[[], News | None] | None, stop: Flag) -> None:
    """Ten steps a second, a look at the box every two seconds. Raises SourceError."""
    count = 0
    while not stop.wait(STEP_S):
        if count % STEPS_A_LOOK == 0:
            try:
                panel.show(sign())
                fresh = None if news is None else news()
                if fresh is not None:
                    panel.tell(fresh)
            except (StoreError, OSError) as error:
                log.warning("the panel cannot be told: %s", error)
        count += 1
        panel.step()
