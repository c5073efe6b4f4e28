"""Check the companion through the native host as a browser starts it, over its socket, and over its port."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator

from ... import __version__
from ...client.blocking_client import over_socket, through_host
from ...clip.errors import ClipError
from ..launcher import launcher_path
from ..machine import Machine
from .model import Finding, fail, ok, warn


def companion(machine: Machine) -> Iterator[Finding]:
    """Check the native host. Starts the daemon if it is not running, as a browser would."""
    yield _host(machine)
    yield _socket(machine)
    yield _port(machine)


def _host(machine: Machine) -> Finding:
    launcher = launcher_path(machine.system, machine.paths.data_dir)
    if not launcher.is_file():
        return fail("host", "The program that browsers start is missing.", "Run `clipferry setup`.")
    began = time.monotonic()
    try:
        with through_host(launcher, [machine.who.chrome_origin], machine.env) as talk:
            talk.hello("extension")
    except ClipError as error:
        log = machine.paths.runtime_dir / "host.log"
        return fail(
            "host",
            f"A browser would not reach the companion: {error.sentence}",
            f"See {log} and the log in {machine.paths.log_dir}.",
        )
    return ok("host", f"A browser reaches the companion ({(time.monotonic() - began) * 1000:.0f} ms).")


def _socket(machine: Machine) -> Finding:
    try:
        with over_socket(machine.env) as talk:
            hello = talk.hello()
    except ClipError as error:
        return fail("daemon", error.sentence, f"See the log in {machine.paths.log_dir}.")
    if hello.version != __version__:
        return warn(
            "daemon",
            f"The companion that runs is version {hello.version}; {__version__} is installed.",
            "Run `clipferry daemon restart`.",
        )
    return ok("daemon", f"The companion {hello.version} is running, with {hello.running} unfinished clips.")


def _port(machine: Machine) -> Finding:
    """Check that the dashboard responds, and rejects a wrong ``Host`` (DNS rebinding)."""
    try:
        port = int(json.loads(machine.paths.facts.read_text(encoding="utf-8"))["port"])
        right = _status(port, f"127.0.0.1:{port}")
        wrong = _status(port, "clipferry.example")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        return fail(
            "dashboard", f"The dashboard does not answer ({type(error).__name__}).", "Run `clipferry daemon restart`."
        )
    if right != 200:
        return fail("dashboard", f"The dashboard answers with {right}.", "Run `clipferry daemon restart`.")
    if wrong != 421:
        return fail(
            "dashboard",
            f"A program that is not clipferry's seems to have port {port} (it answered {wrong}).",
            "Run `clipferry daemon restart`.",
        )
    return ok("dashboard", f"The dashboard answers at 127.0.0.1:{port} and turns strangers away.")


def _status(port: int, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()
