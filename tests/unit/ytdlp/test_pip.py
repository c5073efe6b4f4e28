"""What pip finds around it, and what its failures mean for a person."""

from __future__ import annotations

import pytest

from clipferry.clip.http.network import Network
from clipferry.ytdlp.pip import environment, failure

WAY = Network(
    http_proxy="http://p.example:1", https_proxy="http://p.example:2", no_proxy="x.example", ca_file="/ca.pem"
)


def test_the_way_out_is_ours_and_the_index_is_the_persons() -> None:
    theirs = {
        "PATH": "/bin", "PIP_INDEX_URL": "https://mirror.example/simple", "PIP_TARGET": "/tmp/x", "PIP_PRE": "1", "PIP_USER": "1",
        "pip_prefix": "/y", "HTTPS_PROXY": "http://other:1", "all_proxy": "http://other:2", "REQUESTS_CA_BUNDLE": "/other.pem",
    }  # fmt: skip
    found = environment(theirs, WAY, nightly=False)
    assert found["PATH"] == "/bin"
    assert found["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert (found["https_proxy"], found["HTTPS_PROXY"]) == ("http://p.example:2", "http://p.example:2")
    assert (found["http_proxy"], found["no_proxy"], found["SSL_CERT_FILE"]) == (
        "http://p.example:1",
        "x.example",
        "/ca.pem",
    )
    assert (found["PIP_PRE"], found["PIP_USER"]) == ("0", "0")
    assert not {"PIP_TARGET", "pip_prefix", "all_proxy", "REQUESTS_CA_BUNDLE"} & found.keys()


def test_without_a_proxy_there_is_none() -> None:
    found = environment({"HTTPS_PROXY": "http://other:1", "REQUESTS_CA_BUNDLE": "/theirs.pem"}, Network(), nightly=True)
    assert not [name for name in found if name.lower().endswith("_proxy")]
    assert found["REQUESTS_CA_BUNDLE"] == "/theirs.pem"  # no other authorities were named: theirs count
    assert found["PIP_PRE"] == "1"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "update_failed"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk_full"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_"
            "FAILED]'))': /simple/yt-dlp/\nERROR: Could not find a version that satisfies the requirement yt-dlp (from versions: none)",
            "tls",
        ),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(': Failed to establish a new connection')\n"
            "ERROR: No matching distribution found for yt-dlp",
            "network",
        ),
        ("ERROR: HTTP error 503 while getting https://x.example/a.whl", "network"),
        ("ERROR: No matching distribution found for yt-dlp", "update_failed"),
        ("ERROR: something that nobody has seen yet", "update_failed"),
        ("", "update_failed"),
    ],
)
def test_what_a_person_is_told(said: str, code: str) -> None:
    error = failure(said)
    assert error.code == code
    assert error.sentence
    assert error.hint
