"""Log lines: JSON with a journald priority under systemd, plain text for a person at a terminal."""

import json
import logging
import os
import sys

PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class JournalLines(logging.Formatter):
    """`<4>{"at": "agent.outbox.upload", "text": "…"}`: journald takes the number as priority."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"at": record.name, "text": record.getMessage()}
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return f"<{PRIORITY.get(record.levelno, 5)}>{json.dumps(fields, ensure_ascii=False)}"


def start_logging(*, verbose: bool = False) -> None:
    """Send all log lines to standard error, in the form the reader needs."""
    lines = logging.StreamHandler(sys.stderr)
    if "JOURNAL_STREAM" in os.environ:
        lines.setFormatter(JournalLines())
    else:
        lines.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[lines], force=True)
    for chatty in ("urllib3", "libav"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
