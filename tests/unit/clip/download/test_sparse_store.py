"""Bytes that survive: what is written down is there after any end, what is not is not believed."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from clipferry.clip.download.sparse_store import SparseStore
from clipferry.clip.http.file_identity import FileIdentity, signed_mark

DATA = bytes(range(256)) * 40


def keep(store: SparseStore, start: int, end: int, *, noted: bool = True) -> None:
    data = DATA[start:end]
    assert store.write(start, data, store.generation)
    if noted:
        store.note(start, start + len(data), zlib.crc32(data), store.generation)


def test_a_later_process_finds_what_was_noted_and_nothing_else(tmp_path: Path) -> None:
    store = SparseStore(tmp_path / "bytes")
    assert store.adopt(FileIdentity(size=len(DATA), etag='"a"'))
    keep(store, 100, 300)
    keep(store, 5000, 6000)
    keep(store, 300, 400, noted=False)
    later = SparseStore(tmp_path / "bytes")
    assert later.missing(0, 7000) == [(0, 100), (300, 5000), (6000, 7000)]
    assert later.read(100, 1000) == DATA[100:300]
    assert later.read(300, 10) == b""
    assert later.adopt(FileIdentity(size=len(DATA)))
    assert later.read(5500, 10) == DATA[5500:5510]


def test_bytes_below_a_newer_versions_journal_are_kept(tmp_path: Path) -> None:
    store = SparseStore(tmp_path / "bytes")
    store.adopt(FileIdentity(size=len(DATA), etag='"a"'))
    keep(store, 100, 300)
    store.close()
    journal = tmp_path / "bytes.journal"
    first, _, rest = journal.read_text().partition("\n")
    journal.write_text(json.dumps({**json.loads(first), "newer": 1}) + "\n" + rest)
    later = SparseStore(tmp_path / "bytes")
    assert later.identity == FileIdentity(size=len(DATA), etag='"a"')
    assert later.missing(0, 400) == [(0, 100), (300, 400)]


def test_the_bytes_of_another_file_are_gone(tmp_path: Path) -> None:
    store = SparseStore(tmp_path / "bytes")
    store.adopt(FileIdentity(size=len(DATA), etag='"a"'))
    keep(store, 0, 500)
    before = store.generation
    assert not store.adopt(FileIdentity(size=len(DATA), etag='"b"'))
    assert store.missing(0, 500) == [(0, 500)]
    assert not store.write(0, DATA[:10], before), "an answer that was on its way belongs to the old file"
    store.note(0, 10, 0, before)
    assert SparseStore(tmp_path / "bytes").missing(0, 500) == [(0, 500)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2000), st.binary(max_size=30), st.integers(0, 9000))
def test_no_damage_is_believed(tmp_path_factory: object, cut: int, tail: bytes, place: int) -> None:
    folder = tmp_path_factory.mktemp("store")  # type: ignore[attr-defined]  # pytest's own factory
    store = SparseStore(folder / "bytes")
    store.adopt(FileIdentity(size=len(DATA)))
    for start in range(0, 9000, 1000):
        keep(store, start, start + 900)
    store.close()
    journal = folder / "bytes.journal"
    journal.write_bytes(journal.read_bytes()[:cut] + tail)
    damaged = bytearray((folder / "bytes").read_bytes())
    damaged[place % len(damaged)] ^= 0xFF
    (folder / "bytes").write_bytes(damaged)
    later = SparseStore(folder / "bytes")
    for start in range(0, 10_000, 100):
        data = later.read(start, 100)
        assert data == DATA[start : start + len(data)]


identities = st.builds(
    FileIdentity,
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, '"a"', '"b"']),
    st.sampled_from([None, "Mon", "Tue"]),
    st.sampled_from([None, "1/1", "1/2"]),
)


@given(identities, identities)
def test_identity_is_mutual_and_never_against_the_size(one: FileIdentity, other: FileIdentity) -> None:
    assert one.may_be(one)
    assert one.may_be(other) == other.may_be(one)
    if one.may_be(other):
        assert None in (one.size, other.size) or one.size == other.size
        joined = one.joined(other)
        assert joined.size in (one.size, other.size)


def test_the_sites_own_mark_is_read_from_the_url() -> None:
    assert signed_mark("https://x/videoplayback?clen=5&lmt=7&sig=a") == "5/7"
    assert signed_mark("https://x/videoplayback?clen=5") is None
