"""What the command line does not do, whatever lies on the machine and whatever a site says: yt-dlp's configuration and plugins,
cookies of other sites, the private network."""

from pathlib import Path

import pytest

from cli.conftest import CLIP, CommandLine
from origin import Case, LocalInternet, case_id

MARKS = ("--start", "1", "--end", "2", "--height", "360")
COOKIE = "{domain}\tTRUE\t/\tTRUE\t2000000000\t{name}\t{value}\n"


def cookies(tmp_path: Path, *lines: tuple[str, str, str]) -> Path:
    path = tmp_path / "cookies.txt"
    body = "".join(COOKIE.format(domain=domain, name=name, value=value) for domain, name, value in lines)
    path.write_text(f"# Netscape HTTP Cookie File\n{body}")
    return path


def test_yt_dlps_configuration_and_plugins_are_not_read(cli: CommandLine, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    person = tmp_path / "person"
    config = person / ".config" / "yt-dlp"
    plugin = config / "plugins" / "evil" / "yt_dlp_plugins" / "extractor"
    plugin.mkdir(parents=True)
    (config / "config").write_text(f"--exec 'touch {marker}'\n--proxy http://127.0.0.1:1\n")
    (plugin / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    on_path = tmp_path / "site" / "yt_dlp_plugins" / "extractor"
    on_path.mkdir(parents=True)
    (on_path / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    cli.env.update(HOME=str(person), XDG_CONFIG_HOME=str(person / ".config"), PYTHONPATH=str(tmp_path / "site"))
    assert cli.clip(CLIP, *MARKS).code == 0
    assert not marker.exists()


def test_a_session_that_the_person_lends_opens_the_post(cli: CommandLine, tmp_path: Path) -> None:
    url = "https://www.instagram.com/reel/Lloginwall01/"
    assert cli.clip(url, *MARKS).said["error"]["code"] == "login_required"
    jar = cookies(tmp_path, (".instagram.com", "sessionid", "fixture-session"))
    before = jar.read_bytes()
    answer = cli.clip(url, *MARKS, "--cookies", jar)
    assert answer.code == 0, answer.out
    assert jar.read_bytes() == before, "it is read, never written"
    assert "fixture-session" not in cli.log()
    assert "fixture-session" not in answer.path.read_bytes().decode("latin-1")
    kept = [path for path in cli.home.rglob("*") if path.is_file() and b"fixture-session" in path.read_bytes()]
    assert kept == [], "nothing of it is kept"
    assert cli.clip(url, *MARKS).said["error"]["code"] == "login_required", "what it opened is not kept for others"


@pytest.mark.parametrize("case", [Case.PRIVATE, Case.MEMBERS, Case.AGE_GATE_HARD, Case.BOT])
def test_a_session_that_does_not_help_is_said_not_to(cli: CommandLine, tmp_path: Path, case: Case) -> None:
    url = f"https://www.youtube.com/watch?v={case_id(case)}"
    without = cli.clip(url, *MARKS).said["error"]
    answer = cli.clip(url, *MARKS, "--cookies", cookies(tmp_path, (".youtube.com", "LOGIN_INFO", "of-last-year")))
    told = answer.said["error"]
    assert (told["code"], answer.code) == ("session_expired", 62)
    assert "no longer valid" in told["message"]
    assert "export its cookies anew" in told["hint"]
    assert without["code"] != told["code"]
    assert "with --cookies FILE" in without["hint"]


def test_cookies_of_other_sites_stay_at_home(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    jar = cookies(
        tmp_path,
        (".youtube.com", "LANG", "for-youtube"),
        (".googlevideo.com", "OTHER", "for-googlevideo"),
        (".instagram.com", "sessionid", "for-instagram"),
    )
    assert cli.clip(CLIP, *MARKS, "--cookies", jar).code == 0
    sent = [
        (entry.host, value) for entry in site.log() for name, value in entry.headers.items() if name.lower() == "cookie"
    ]
    assert any("for-youtube" in cookie for host, cookie in sent if host == "www.youtube.com")
    elsewhere = [cookie for host, cookie in sent if host != "www.youtube.com"]
    assert not any("for-" in cookie for cookie in elsewhere), elsewhere
    assert not any("for-instagram" in cookie or "for-googlevideo" in cookie for _, cookie in sent)


def test_a_session_counts_where_the_link_leads(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    """Which cookies go along is a matter of the host that is asked, not of the address that was typed."""
    reel = "https://www.instagram.com/reel/Lloginwall01/"
    link = site.put("https://video.example/go", "", status=302, headers={"Location": reel})
    jar = cookies(
        tmp_path,
        (".instagram.com", "sessionid", "fixture-session"),
        (".youtube.com", "LANG", "for-youtube"),
        (".video.example", "own", "for-example"),
    )
    answer = cli.clip(link, *MARKS, "--cookies", jar)
    assert answer.code == 0, answer.out
    sent = [(entry.host, str(entry.headers)) for entry in site.log()]
    assert {host for host, headers in sent if "fixture-session" in headers} == {"www.instagram.com"}
    assert {host for host, headers in sent if "for-example" in headers} == {"video.example"}
    assert not any("for-youtube" in headers for _, headers in sent)


def test_a_session_counts_for_a_short_link_of_its_site(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    jar = cookies(tmp_path, (".youtube.com", "LANG", "for-youtube"))
    assert cli.clip("https://youtu.be/AAAAAAAAAA1", *MARKS, "--cookies", jar).code == 0
    assert any(entry.host == "www.youtube.com" and "for-youtube" in str(entry.headers) for entry in site.log())


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://127.0.0.1:9/x.mp4", "blocked_address"),
        ("http://169.254.169.254/latest/", "blocked_address"),
        ("file:///etc/passwd", "site_error"),
    ],
)
def test_a_page_cannot_lead_into_the_private_network(
    cli: CommandLine, site: LocalInternet, target: str, code: str
) -> None:
    url = site.put("https://video.example/away", "", status=302, headers={"Location": target})
    answer = cli.clip(url, *MARKS)
    assert answer.said["error"]["code"] == code
    assert answer.code != 0
    assert not any(entry.host in ("127.0.0.1", "169.254.169.254") for entry in site.log())
    assert cli.left_behind() == []


def test_a_person_may_mean_their_own_machine(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    made = cli.clip(CLIP, *MARKS, "--name", "plain").path
    path = site.publish(made).removeprefix("https://video.example")
    url = f"{site.plain_url}{path}"
    refused = cli.clip(url, "--start", "0.2", "--end", "0.5")
    assert refused.said["error"]["code"] == "blocked_address"
    answer = cli.clip(url, "--start", "0.2", "--end", "0.5", "--allow-private")
    assert answer.code == 0, answer.out
    assert answer.said["proof"]["frames"] == 9


def test_a_hostile_title_is_only_a_name(cli: CommandLine) -> None:
    answer = cli.clip("https://www.youtube.com/watch?v=AAAAAAAAAA2", *MARKS)
    assert answer.code == 0
    assert answer.path.parent == cli.downloads
    assert "/" not in answer.path.name
    assert answer.path.name.endswith("[0.01-0.02].mp4")
