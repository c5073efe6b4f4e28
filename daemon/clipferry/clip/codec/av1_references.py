"""Which AV1 frames have to be decoded before another: those that it, or one after it, can refer to, and their references. In a pyramid
these are few."""

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
    """The temporal units before the first wanted frame, in decode order."""

    def __init__(self, extradata: bytes | None) -> None:
        """``extradata``: of the track."""
        self._sequence: Sequence | None = None
        self._read_sequences(units(configuration(extradata)))
        self._held: list[list[tuple[Unit, int | None]]] = []
        """Each unit with the number of its frame."""
        self._refers: list[set[int]] = []
        """Frame by frame, the frames that it refers to."""
        self._slots: list[int | None] = [None] * REFERENCE_SLOTS
        self._hidden_keys: set[int] = set()
        self._untracked = False
        """A header could not be parsed: all units are needed."""

    def add(self, temporal_unit: bytes | memoryview) -> None:
        """Add a temporal unit that is not wanted itself. A view is kept, not copied."""
        found = list(units(temporal_unit))
        self._read_sequences(found)
        self._held.append([(unit, self._number(unit)) for unit in found])

    def needed(self) -> list[bytes]:
        """Return what has to be decoded of each temporal unit, so that whatever follows can be: of most, nothing."""
        wanted: set[int] = set()
        pending = [frame for frame in self._slots if frame is not None]
        while pending:
            frame = pending.pop()
            if frame not in wanted:
                wanted.add(frame)
                pending += self._refers[frame]
        return [self._left(held, wanted) for held in self._held]

    def _left(self, held: list[tuple[Unit, int | None]], wanted: set[int]) -> bytes:
        kept = [unit for unit, frame in held if self._untracked or frame in wanted or unit.kind not in FRAME_UNITS]
        decodable = self._untracked or any(unit.kind in FRAME_UNITS or unit.kind == SEQUENCE_HEADER for unit in kept)
        return b"".join(unit.whole for unit in kept) if decodable else b""

    def _read_sequences(self, found: Iterable[Unit]) -> None:
        for unit in found:
            if unit.kind == SEQUENCE_HEADER:
                try:
                    self._sequence = read_sequence(unit.payload)
                except ValueError:
                    self._sequence = None

    def _number(self, unit: Unit) -> int | None:
        """Track one unit as a decoder would.

        Returns:
            The number of its frame.
        """
        if unit.kind not in FRAME_UNITS or self._untracked:
            return None
        frame = self._read(unit)
        if frame is None:
            self._untracked = True
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
        """Return the frame header in ``unit``; ``None``: it cannot be tracked."""
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
