"""Promises of docs/RELIABILITY.md (facts 2.1) on the daemon itself: one of it, its start, its end."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing

from origin import LocalInternet

from .companion import Companion
from .promised import create, wait_done


def test_a_second_daemon_ends_with_75_and_says_where_the_first_is(companion: Companion) -> None:
    companion.start()
    second = subprocess.run(
        [sys.executable, "-m", "clipferry.daemon"], env=companion.env, capture_output=True, text=True, check=False
    )
    facts = json.loads((companion.home / "run" / "daemon.json").read_bytes())
    assert second.returncode == 75
    assert str(facts["pid"]) in second.stdout
    assert str(facts["port"]) in second.stdout
    assert companion.ask("hello", client="cli", version="1")["running"] == 0


def test_a_history_that_is_too_new_is_named_and_left_alone(companion: Companion) -> None:
    companion.start()
    companion.stop()
    file = next(companion.home.rglob("*.sqlite3"))
    with closing(sqlite3.connect(file)) as history, history:
        history.execute("PRAGMA user_version=99")
        history.execute("INSERT OR REPLACE INTO facts VALUES ('oldest_schema', '99')")
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "clipferry.daemon"], env=companion.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    [said] = done.stderr.splitlines()
    assert "newer clipferry" in said and str(file) in said
    assert file.read_bytes() == before


def test_the_lock_is_free_the_instant_its_holder_is_killed(companion: Companion) -> None:
    companion.start().kill()
    companion.start()
    assert companion.ask("job.list")["jobs"] == []


def test_ports_that_are_taken_are_passed_over(companion: Companion) -> None:
    with ExitStack() as stack:
        held = set()
        for port in range(8804, 8809):
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
                taken.listen()
            except OSError:
                continue  # Another program has it, for as long as it likes.
            held.add(port)
        companion.start()
        assert json.loads((companion.home / "run" / "daemon.json").read_bytes())["port"] not in held


def test_a_socket_left_by_a_killed_daemon_is_replaced(companion: Companion) -> None:
    companion.start().kill()
    assert companion.socket.exists()
    companion.start()
    assert companion.ask("hello", client="cli", version="1")["protocol"] == 1


def test_sigterm_ends_it_cleanly_in_the_middle_of_work(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=100_000)
    companion.start()
    file_id = create(companion)
    companion.wait_for(file_id, ("fetching",))
    assert companion.stop() == 0
    assert companion.wait_no_workers(20.0) == []
    assert not (companion.home / "run" / "daemon.json").exists()
    site.shape()
    companion.start()
    wait_done(companion, file_id)


def test_pause_all_outlives_a_restart(companion: Companion) -> None:
    companion.start()
    companion.ask("queue.pause", paused=True)
    file_id = create(companion)
    companion.kill()
    companion.start()
    assert companion.ask("job.get", file_id=file_id)["state"] == "queued"
    companion.ask("queue.pause", paused=False)
    wait_done(companion, file_id)


def test_signals_that_stop_a_daemon_twice_do_not_confuse_it(companion: Companion) -> None:
    companion.start()
    assert companion.process is not None
    companion.process.send_signal(signal.SIGTERM)
    companion.process.send_signal(signal.SIGINT)
    assert companion.process.wait(20) == 0
