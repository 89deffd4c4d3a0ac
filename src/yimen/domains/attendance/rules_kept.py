"""Derived half-days as they are kept: JSON documents, in which what is as usual is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yimen.domains.attendance.enums import (
    EventKind,
    HalfState,
)
from yimen.domains.attendance.rules import DerivedHalf, Event, Ground, Span
from yimen.domains.leave.enums import CoverKind, Half


def write_half(half: DerivedHalf) -> dict[str, object]:
    """A half as a JSON document; what is as usual is left out."""
    document: dict[str, object] = {"state": half.state.value}
    if half.shift is not None:
        document["shift"] = list(half.shift)
    if half.arrived is not None:
        document["arrived"] = half.arrived
    if half.left is not None:
        document["left"] = half.left
    if half.events:
        document["events"] = [_write_event(event) for event in half.events]
    if half.covers:
        document["covers"] = [[kind.value, label] for kind, label in half.covers]
    if half.is_silent:
        document["silent"] = True
    if not half.is_enrolled:
        document["enrolled"] = False
    if half.attested_by is not None:
        document["attested_by"] = half.attested_by
    if half.ground is not None:
        document["ground"] = [half.ground.article, half.ground.label]
    return document


def _write_event(event: Event) -> dict[str, object]:
    document: dict[str, object] = {"kind": event.kind.value, "minutes": event.minutes}
    if event.at is not None:
        document["at"] = event.at
    if event.excused_by is not None:
        document["excused_by"] = event.excused_by
    if not event.counts:
        document["counts"] = False
    return document


@dataclass(frozen=True, slots=True)
class _Kept:
    """Reads a kept document without trusting its shape further than its keys."""

    document: Mapping[str, object]
    half: Half = field(kw_only=True)

    def read(self) -> DerivedHalf:
        get = self.document.get
        events, covers, shift = get("events"), get("covers"), get("shift")
        ground = get("ground")
        return DerivedHalf(
            half=self.half,
            state=HalfState(str(self.document["state"])),
            shift=Span(*shift) if isinstance(shift, list) else None,
            arrived=_moment(get("arrived")),
            left=_moment(get("left")),
            events=tuple(map(_read_event, events)) if isinstance(events, list) else (),
            covers=tuple((CoverKind(kind), label) for kind, label in covers)
            if isinstance(covers, list)
            else (),
            is_silent=bool(get("silent", False)),
            is_enrolled=bool(get("enrolled", True)),
            attested_by=_text(get("attested_by")),
            ground=Ground(self.half, *ground) if isinstance(ground, list) else None,
        )


def read_half(document: Mapping[str, object], half: Half) -> DerivedHalf:
    """A half as :func:`write_half` wrote it."""
    return _Kept(document, half=half).read()


def _read_event(document: Mapping[str, object]) -> Event:
    minutes = document["minutes"]
    assert isinstance(minutes, int)
    return Event(
        kind=EventKind(str(document["kind"])),
        minutes=minutes,
        at=_moment(document.get("at")),
        excused_by=_text(document.get("excused_by")),
        counts=bool(document.get("counts", True)),
    )


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
