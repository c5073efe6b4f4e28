"""pip as the client of the package index: it handles indexes, mirrors, checksums and wheels, and the user's configuration of them.

Which index is asked is pip's own configuration (``pip.conf``, ``PIP_INDEX_URL``): a company's mirror counts here as it did when
clipferry was installed. How it is reached is ``Network``'s. Everything else that could surprise (a target folder, pre-releases,
wheels built here) is decided by us. Only wheels are taken, so that nothing of a package runs before its trial.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from ..clip.errors import ClipError, DiskFull, NetworkError, TlsError
from ..clip.http.network import Network
from ..system.process import MARK, bind, kill_group, own_group
from .errors import UpdateFailed
from .versions import PACKAGE

log = logging.getLogger(__name__)

LONGEST_S = 600.0
"""Three megabytes over a very slow line; a pip that takes longer hangs."""
_ASKS = frozenset(
    f"PIP_{name}"
    for name in (
        *("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CONFIG_FILE", "CONSTRAINT", "UPLOADED_PRIOR_TO"),
        *("CERT", "CLIENT_CERT", "PROXY", "TRUSTED_HOST", "KEYRING_PROVIDER", "DEFAULT_TIMEOUT", "RETRIES"),
    )
)
"""The part of pip's environment that is kept: its index, and the way there."""
_WAYS = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"))
_BUNDLES = frozenset(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
"""In requests, which pip is built on, these win over the certificates that it is configured with."""
_OPTIONS = ("--no-deps", "--only-binary", ":all:", "--no-compile", "--no-cache-dir")


@dataclass(frozen=True, slots=True)
class Release:
    """What the index offers."""

    version: str
    requires: tuple[str, ...]
    """Its ``Requires-Dist``."""


class Pip:
    """Runs pip.

    Args:
        network: the way out, asked each time.
        mark: what children of this daemon carry (``system.process.MARK``).
    """

    def __init__(self, network: Callable[[], Network], mark: str) -> None:
        self._network = network
        self._mark = mark

    async def newest(self, scratch: Path, *, nightly: bool) -> Release:
        """The newest yt-dlp for this Python. ``scratch``: a folder for what pip reports.

        Raises:
            NetworkError | UpdateFailed: why the version cannot be read.
        """
        report = scratch / "report.json"
        # "Installation report" of pip's documentation, version 1
        wanted = ["install", "--dry-run", "--report", str(report), "--target", str(scratch / "none"), PACKAGE]
        await self._run(wanted, nightly=nightly)
        try:
            about = json.loads(await asyncio.to_thread(report.read_bytes))["install"][0]["metadata"]
            return Release(str(Version(about["version"])), tuple(map(str, about.get("requires_dist") or ())))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise UpdateFailed(detail=f"pip's report: {error!r}") from error

    async def install(self, requirements: Sequence[str], target: Path, *, nightly: bool) -> None:
        """Put wheels into ``target``, their checksums compared with the index's.

        Raises:
            NetworkError | DiskFull | UpdateFailed: why not; what lies in ``target`` then is good for nothing.
        """
        await self._run(["install", "--target", str(target), *requirements], nightly=nightly)

    async def _run(self, arguments: Sequence[str], *, nightly: bool) -> None:
        if importlib.util.find_spec("pip") is None:
            raise UpdateFailed("no_pip", detail="no pip")
        network = self._network()
        command = [sys.executable, "-I", "-m", "clipferry.ytdlp.pip_child", arguments[0], *_OPTIONS]
        # Beside SSL_CERT_FILE, which the certificate stores of macOS and Windows do not use.
        command += ["--cert", network.ca_file] if network.ca_file else []
        env = environment(os.environ, network, nightly=nightly)
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments[1:],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**env, MARK: self._mark, "CLIPFERRY_DAEMON_PID": str(os.getpid())},
            **own_group(),
        )
        bind(process.pid)
        try:
            said = (await asyncio.wait_for(process.communicate(), LONGEST_S))[0].decode(errors="replace")
        except TimeoutError:
            raise NetworkError("package_index_slow", detail=f"{LONGEST_S:g} s") from None
        finally:
            if process.returncode is None:
                kill_group(process.pid)
                with contextlib.suppress(ProcessLookupError):
                    await process.wait()
        log.info("pip %s ended with %s:\n%s", arguments[0], process.returncode, said[-4000:])
        if process.returncode != 0:
            raise failure(said)


def environment(env: Mapping[str, str], network: Network, *, nightly: bool) -> dict[str, str]:
    """What pip finds around it: ``env`` without what would lead it astray, and the way out that ``network`` names."""
    kept = {}
    for name, value in env.items():
        known = name.upper()
        if (
            known in _WAYS
            or (known in _BUNDLES and network.ca_file)
            or (known.startswith("PIP_") and known not in _ASKS)
        ):
            continue
        kept[name] = value
    for name, value in network.to_environment().items():
        kept[name] = kept[name.lower()] = value
    # Variables win over the person's pip.conf, which may have been written with other programs in mind.
    ours = {"USER": "0", "REQUIRE_VIRTUALENV": "0", "REQUIRE_HASHES": "0", "PRE": "1" if nightly else "0"}
    ours |= {"NO_INPUT": "1", "DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1", "PROGRESS_BAR": "off"}
    return kept | {f"PIP_{name}": value for name, value in ours.items()}


_REASONS: tuple[tuple[str, ClipError], ...] = (
    (
        r"do not match the hashes|hash mismatch",
        UpdateFailed("checksum"),
    ),
    (r"no space left on device|errno 28", DiskFull()),
    (
        r"certificate.?verify|sslerror|ssl: ",
        TlsError(
            "package_index",
        ),
    ),
    (
        r"retrying \(|connection broken|timed? ?out|proxyerror|could not fetch url|max retries|failed to establish|http error",
        NetworkError("package_index"),
    ),
    (
        r"no matching distribution|could not find a version",
        UpdateFailed(
            "no_release",
        ),
    ),
)


def failure(said: str) -> ClipError:
    """Return the error for a failed pip with the output ``said``, which is English whatever the locale."""
    detail = (
        "\n".join(line for line in said.splitlines() if line.startswith(("ERROR", "WARNING")))[-2000:] or said[-500:]
    )
    for pattern, error in _REASONS:
        if re.search(pattern, said, re.I):
            return error.with_detail(detail)
    return UpdateFailed(detail=detail)
