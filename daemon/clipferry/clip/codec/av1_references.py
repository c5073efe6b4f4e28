"""Which AV1 pictures have to be decoded on the way to another: those that it, or one behind it, can refer to, and those that these
refer to. In a pyramid of pictures that is a small part of them."""

from __future__ import annotations

from collections.abc import Iterable

from .av1_obu import (
    FRAME,
    FRAME_HEADER,
    FRAME_UNITS,
    REFERENCE_SLOTS,
    SEQUENCE_HEADER,
    Frame,
    Sequence,
    Unit,
    configuration,
    read_frame,
    read_sequence,
    units,
)


class LeadingUnits:
    """The temporal units before the first wanted picture, in decode order."""

    def __init__(self, extradata: bytes | None) -> None:
        """``extradata``: what the container says of the track."""
        self._sequence: Sequence | None = None
        self._learn(units(configuration(extradata)))
        self._held: list[list[tuple[Unit, int | None]]] = []
        """Each with the number of the frame that it makes."""
        self._refers: list[set[int]] = []
        """Frame by frame, to which."""
        self._slots: list[int | None] = [None] * REFERENCE_SLOTS
        self._hidden_keys: set[int] = set()
        self._blind = False
        """Something could not be read: then all is needed."""

    def add(self, temporal_unit: bytes | memoryview) -> None:
        """One that is not wanted itself. A view is kept as it is."""
        found = list(units(temporal_unit))
        self._learn(found)
        self._held.append([(unit, self._number(unit)) for unit in found])

    def needed(self) -> list[bytes]:
        """What has to be decoded of each, so that whatever follows can be; nothing of most."""
        wanted: set[int] = set()
        look_at = [frame for frame in self._slots if frame is not None]
        while look_at:
            frame = look_at.pop()
            if frame not in wanted:
                wanted.add(frame)
                look_at += self._refers[frame]
        return [self._left(held, wanted) for held in self._held]

    def _left(self, held: list[tuple[Unit, int | None]], wanted: set[int]) -> bytes:
        kept = [unit for unit, frame in held if self._blind or frame in wanted or unit.kind not in FRAME_UNITS]
        telling = self._blind or any(unit.kind in FRAME_UNITS or unit.kind == SEQUENCE_HEADER for unit in kept)
        return b"".join(unit.whole for unit in kept) if telling else b""

    def _learn(self, found: Iterable[Unit]) -> None:
        for unit in found:
            if unit.kind == SEQUENCE_HEADER:
                try:
                    self._sequence = read_sequence(unit.payload)
                except ValueError:
                    self._sequence = None

    def _number(self, unit: Unit) -> int | None:
        """Follow one unit as a decoder would; the number of the frame that it makes."""
        if unit.kind not in FRAME_UNITS or self._blind:
            return None
        frame = self._read(unit)
        if frame is None:
            self._blind = True
            return None
        if frame.shows is not None:
            return None
        number = len(self._refers)
        self._refers.append({one for slot in frame.refers if (one := self._slots[slot]) is not None})
        if frame.hidden_key:
            self._hidden_keys.add(number)
        for slot in range(REFERENCE_SLOTS):
            if frame.refreshes >> slot & 1:
                self._slots[slot] = number
        return number

    def _read(self, unit: Unit) -> Frame | None:
        """The header of the frame in ``unit``; ``None`` where it cannot be followed."""
        if self._sequence is None or unit.kind not in (FRAME, FRAME_HEADER):
            return None
        try:
            frame = read_frame(unit.payload, self._sequence)
        except ValueError:
            return None
        if frame.shows is None:
            return frame if unit.kind == FRAME else None  # the tiles of a header alone are in other units
        # A key frame that was hidden refreshes all slots when it is shown (7.21).
        return None if self._slots[frame.shows] in self._hidden_keys else frame
