"""The extension as Chromium installs it by itself: packed, signed, announced in a profile, withdrawn."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import pkcs1_15

from clipferry.setup.extension import chromium_external
from clipferry.setup.extension.crx import SigningKey, pack
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine
from clipferry.setup.uninstall import uninstall
from clipferry_host.identity import ours


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    (folder / "assets").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"name": "x", "version": "1.2.3", "key": "abc"}))
    (folder / "assets" / "a.js").write_text("1")
    return folder


def fields(data: bytes) -> dict[int, bytes]:
    """The length-delimited fields of a protobuf message."""
    found, at = {}, 0
    while at < len(data):
        numbers = []
        for _ in range(2):
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
            numbers.append(value)
        assert numbers[0] & 7 == 2
        found[numbers[0] >> 3] = data[at : at + numbers[1]]
        at += numbers[1]
    return found


def test_the_file_is_a_crx3_whose_signature_holds(unpacked: Path, tmp_path: Path) -> None:
    key = SigningKey.load_or_make(tmp_path / "keys" / "key.pem")
    crx = pack(unpacked, key, "1.2.3.7")
    magic, version, size = struct.unpack_from("<4sII", crx)
    assert (magic, version) == (b"Cr24", 3)
    header, content = fields(crx[12 : 12 + size]), crx[12 + size :]
    proof, signed = fields(header[2]), header[10000]
    assert fields(signed)[1] == hashlib.sha256(proof[1]).digest()[:16]
    digest = SHA256.new(b"CRX3 SignedData\x00" + struct.pack("<I", len(signed)) + signed + content)
    pkcs1_15.new(RSA.import_key(proof[1])).verify(digest, proof[2])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("manifest.json")) == {"name": "x", "version": "1.2.3.7"}
        assert archive.read("assets/a.js") == b"1"
    assert pack(unpacked, key, "1.2.3.7") == crx


def test_the_key_is_made_once_and_is_this_persons_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    first = SigningKey.load_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load_or_make(path).extension_id == first.extension_id
    assert set(first.extension_id) <= set("abcdefghijklmnop")


def test_the_version_grows_with_the_content_and_only_then(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_external, "built", lambda _: unpacked)
    first = chromium_external.pack_extension(tmp_path / "data")
    assert first is not None
    assert chromium_external.pack_extension(tmp_path / "data") == first
    (unpacked / "assets" / "a.js").write_text("2")
    second = chromium_external.pack_extension(tmp_path / "data")
    assert second is not None
    assert (first.version, second.version) == ("1.2.3.1", "1.2.3.2")
    assert second.extension_id == first.extension_id


def test_chromium_is_told_of_it_and_let_in(machine: Machine) -> None:
    done = set_up(machine)
    assert "Chromium" in done.installing
    [told] = (machine.home / ".config/chromium/External Extensions").iterdir()
    said = json.loads(told.read_text())
    assert Path(said["external_crx"]).read_bytes().startswith(b"Cr24")
    manifest = json.loads(
        (machine.home / ".config/chromium/NativeMessagingHosts/org.clipferry.companion.json").read_text()
    )
    own = f"chrome-extension://{told.stem}/"
    assert manifest["allowed_origins"] == [machine.who.chrome_origin, own]
    ids = done.launcher.with_name("extension-ids.json")
    assert ours(ids).caller(["host", own]) == own
    assert ours().caller(["host", own]) is None


def test_chrome_which_reads_no_such_file_is_not_told(machine: Machine) -> None:
    set_up(machine)
    assert not (machine.home / ".config/google-chrome/External Extensions").exists()


def test_who_loaded_it_unpacked_does_not_get_a_second_one(machine: Machine) -> None:
    profile = machine.home / ".config/chromium/Default"
    profile.mkdir(parents=True)
    known = {"extensions": {"settings": {machine.who.chrome_id: {"location": 4}}}}
    (profile / "Secure Preferences").write_text(json.dumps(known))
    assert set_up(machine).installing == ()
    assert not (machine.home / ".config/chromium/External Extensions").exists()


@pytest.mark.parametrize("content", ["not json", "[]", json.dumps({"external_crx": "/opt/other.crx"})])
def test_a_foreign_file_of_its_name_is_left_alone(machine: Machine, content: str) -> None:
    set_up(machine)
    [told] = (machine.home / ".config/chromium/External Extensions").iterdir()
    told.write_text(content)
    done = set_up(machine)
    assert told.read_text() == content
    assert "Chromium" in done.browsers
    assert any("left alone" in problem for problem in done.problems)
    uninstall(machine, purge=False)
    assert told.read_text() == content


def test_a_link_of_its_name_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    set_up(machine)
    [told] = (machine.home / ".config/chromium/External Extensions").iterdir()
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(told.read_text())
    told.unlink()
    told.symlink_to(elsewhere)
    assert any("left alone" in problem for problem in set_up(machine).problems)
    uninstall(machine, purge=False)
    assert elsewhere.exists()


def test_removal_leaves_nothing(machine: Machine) -> None:
    set_up(machine)
    uninstall(machine, purge=True)
    left = [path for path in (machine.home / ".config").rglob("*") if path.is_file()]
    assert left == []
