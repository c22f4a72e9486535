"""A real PostgreSQL in a temporary folder on loopback, started by the tests that ask for it."""

import getpass
import os
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from lacking import lacking

OWNER = "postgres"  # the account it runs as where the tests run as root: PostgreSQL refuses to be root
SETTINGS = (
    "fsync=off",  # the machine does not lose power during a test; what a commit means is PostgreSQL's own business
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "unix_socket_directories=",
)


class PostgreSql:
    """One server. Most tests share one database, emptied after each; a database of its own takes longer to make.

    `folder` lies where every account may pass through, so not below the folder that pytest makes.
    """

    def __init__(self, folder: Path, settings: tuple[str, ...] = SETTINGS) -> None:
        self._programs = _programs()
        self._folder = folder / "postgresql"
        self._folder.mkdir(parents=True)
        self._settings = settings
        self._made = 0
        if os.geteuid() == 0:
            folder.chmod(0o711)
            shutil.chown(self._folder, OWNER, OWNER)
        self._run(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=station", "--no-sync"
        )
        self.port = _free_port()
        self.start()
        self.shared = self.fresh()

    def start(self) -> None:
        """Listen; gives back when it answers."""
        options = " ".join(
            f"-c {each}" for each in (*self._settings, f"port={self.port}", "listen_addresses=127.0.0.1")
        )
        log = str(self._folder / "log")
        self._run("pg_ctl", "--wait", "--timeout=60", f"--log={log}", f"--options={options}", "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` breaks the connections off, `immediate` is a crash."""
        self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://station@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        name = f"station_{os.getpid()}_{self._made}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self.url(name)

    def clear(self, tables: sa.MetaData) -> None:
        """Every row out of the shared database, also of tables that only grow, and numbers begin at 1 again."""
        with psycopg.connect(self.shared) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in tables.tables.values():
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
            for (name,) in connection.execute("SELECT sequencename FROM pg_sequences").fetchall():
                connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name)))

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f"--pgdata={self._folder / 'data'}", *arguments]
        if os.geteuid() == 0 and getpass.getuser() != OWNER:
            command = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", *command]
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr.decode()


def _programs() -> Path:
    """Debian keeps them apart by version; the newest."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found:
        lacking("there is no PostgreSQL: sudo apt install postgresql")
    return max(found)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
