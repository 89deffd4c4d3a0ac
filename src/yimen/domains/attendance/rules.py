"""What a person's day comes to (ATTEND 一, 三; domain.md §6): values in, values out.

Moments are whole seconds since midnight of the day that they belong to; a touch after midnight and
before the rulebook's ``attendance.day_begins`` belongs to the day before and so has more than
86,400. Time late, early or away is counted in minutes begun, so that a minute exceeded by a second
is exceeded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import NamedTuple

from yimen.domains.attendance.enums import (
    COVERED_STATES,
    EXCUSED_BY,
    CorrectionKind,
    EventKind,
    HalfState,
)
from yimen.domains.leave.enums import CoverKind, Half
from yimen.domains.rulebook.rules import Edition, RuleValue

MINUTE = 60
DAY = 86_400

PUNCHES = "ATTEND 一(三)"
PUNCTUALITY = "ATTEND 一(二)"
NO_LEAVE = "ATTEND 三(一)"
LEAVE = "ATTEND 二(一)"
RECORDED = "ATTEND 一(五)"


class Span(NamedTuple):
    """From a moment up to another."""

    start: int
    end: int


class Touch(NamedTuple):
    """Touches so close together that they are one: the first and the last of them."""

    first: int
    last: int


class Cover(NamedTuple):
    """What accounts for being elsewhere, or, as overtime, for being here outside office hours."""

    kind: CoverKind
    start: int
    end: int
    label: str
    """What it is, in a word: 年休假, 临时外出."""


class Excuse(NamedTuple):
    """A correction that the office has granted."""

    half: Half
    kind: CorrectionKind
    correction_id: str


class Ground(NamedTuple):
    """Why being away was absence although leave had been asked for (ATTEND 三(二)–(四))."""

    half: Half
    article: str
    label: str


class Event(NamedTuple):
    """What a half-day shows against the person."""

    kind: EventKind
    minutes: int
    at: int | None = None
    """The touch that shows it."""
    excused_by: str | None = None
    """The correction that excuses it."""
    counts: bool = True
    """Not when it is excused, nor when the whole half-day is an absence already."""


class Reason(NamedTuple):
    """Why, in a sentence, and by which article."""

    text: str
    article: str


@dataclass(frozen=True, slots=True)
class DayRules:
    """What an edition of the rulebook says of a day."""

    day_begins: int
    same_touch: int
    """Seconds within which touches are one."""
    away: RuleValue
    """Minutes; whoever is away longer was absent."""

    @classmethod
    def of(cls, edition: Edition) -> "DayRules":
        return cls(
            day_begins=seconds_of(edition.time("attendance.day_begins")),
            same_touch=edition.integer("attendance.same_touch") * MINUTE,
            away=edition.rule("attendance.away"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """All that bears on one person's day."""

    is_serving: bool
    """Whether the person serves at a window on that day."""
    shifts: tuple[Span, ...]
    """Morning and afternoon of a working day; none on a day off."""
    touches: Sequence[int] = ()
    """In any order, repeated or not."""
    covers: Sequence[Cover] = ()
    excuses: Sequence[Excuse] = ()
    grounds: Sequence[Ground] = ()
    """Of each half at most the last counts."""
    silent: frozenset[Half] = frozenset()
    """Halves in which a clock that the person may use sent nothing."""
    is_enrolled: bool = True
    """Whether a clock knows the person on that day."""
    now: int | None = None
    """How far the day has come; none once it is over.

    A half is judged when no touch can belong to it any more: the morning from the middle of the
    break on, the afternoon when the day is over. Till then who stays on has not failed to sign.
    """


@dataclass(frozen=True, slots=True)
class DerivedHalf:
    """What one half of a day comes to, with all that explains it."""

    half: Half
    state: HalfState
    shift: Span | None = None
    arrived: int | None = None
    left: int | None = None
    events: tuple[Event, ...] = ()
    covers: tuple[tuple[CoverKind, str], ...] = ()
    is_silent: bool = False
    is_enrolled: bool = True
    attested_by: str | None = None
    """The correction that proves the person was there."""
    ground: Ground | None = None
    """Of an absence in spite of a request for leave."""

    @property
    def late_minutes(self) -> int:
        return self._minutes(EventKind.LATE)

    @property
    def early_minutes(self) -> int:
        return self._minutes(EventKind.EARLY_LEAVE)

    @property
    def away_minutes(self) -> int:
        return self._minutes(EventKind.AWAY)

    @property
    def is_absent(self) -> bool:
        return self.state is HalfState.ABSENT

    def _minutes(self, kind: EventKind) -> int:
        return sum(event.minutes for event in self.events if event.kind is kind)


@dataclass(frozen=True, slots=True)
class DerivedDay:
    """What a day comes to."""

    halves: tuple[DerivedHalf, DerivedHalf]
    overtime_minutes: int = 0
    is_settled: bool = True
    """Whether the day is over."""


def derive_day(facts: DayFacts, rules: DayRules) -> DerivedDay:
    """What the day comes to; the same for the same facts, in whatever order they came."""
    plain = _on_time(facts, rules)
    if plain is not None:
        return plain
    touches = merge_touches(facts.touches, rules.same_touch)
    overtime = _overtime(facts.covers, touches) if facts.covers else 0
    if not facts.is_serving or not facts.shifts:
        state = HalfState.DAY_OFF if facts.is_serving else HalfState.NOT_SERVING
        morning, afternoon = (DerivedHalf(half, state) for half in Half)
        return DerivedDay((morning, afternoon), overtime, facts.now is None)
    first, second = facts.shifts
    early, late = split_touches(touches, first, second)
    if facts.covers:
        early, late = _to_the_end_due(early, late, facts)
    is_over = facts.now is None
    break_is_half_over = is_over or (facts.now or 0) > middle_of(first, second)
    return DerivedDay(
        (
            _derive_half(Half.MORNING, first, early, facts, rules, is_over=break_is_half_over),
            _derive_half(Half.AFTERNOON, second, late, facts, rules, is_over=is_over),
        ),
        overtime,
        is_over,
    )


def _on_time(facts: DayFacts, rules: DayRules) -> DerivedDay | None:
    """A whole day on time with its four touches, as nearly all are; none for any other."""
    if (
        len(facts.touches) != 4
        or len(facts.shifts) != 2
        or facts.covers
        or facts.excuses
        or facts.now is not None
        or not facts.is_serving
    ):
        return None
    came, went, returned, left = sorted(facts.touches)
    morning, afternoon = facts.shifts
    if (
        came <= morning.start
        and morning.end <= went <= middle_of(morning, afternoon) < returned <= afternoon.start
        and afternoon.end <= left
        and returned - went > rules.same_touch
    ):
        return DerivedDay(
            (
                DerivedHalf(Half.MORNING, HalfState.PRESENT, morning, came, went),
                DerivedHalf(Half.AFTERNOON, HalfState.PRESENT, afternoon, returned, left),
            )
        )
    return None


# --- touches


def merge_touches(touches: Iterable[int], within: int) -> list[Touch]:
    """The touches in order; those within so many seconds of the first of them are one."""
    merged: list[Touch] = []
    for at in sorted(touches):
        if merged and at - merged[-1].first <= within:
            merged[-1] = Touch(merged[-1].first, at)
        else:
            merged.append(Touch(at, at))
    return merged


def split_touches(
    touches: Sequence[Touch], morning: Span, afternoon: Span
) -> tuple[list[Touch], list[Touch]]:
    """Which touches belong to which half.

    A touch between the shifts belongs to the nearer one; but where that leaves one half with a
    single touch and the other with three or more, the half with one gets the nearest of the
    others that lies between the shifts: whoever left late or came back early signed both.
    """
    middle = middle_of(morning, afternoon)
    early = [touch for touch in touches if touch.first <= middle]
    late = [touch for touch in touches if touch.first > middle]
    if len(late) == 1 and len(early) > 2 and early[-1].first > morning.end:
        late.insert(0, early.pop())
    elif len(early) == 1 and len(late) > 2 and late[0].last < afternoon.start:
        early.append(late.pop(0))
    return early, late


def _to_the_end_due(
    early: Sequence[Touch], late: Sequence[Touch], facts: DayFacts
) -> tuple[list[Touch], list[Touch]]:
    """The touches of the break where a cover reaches over one of its two ends: that end needs none.

    Who is on leave in the morning signs in for the afternoon, however early.
    """
    first, second = facts.shifts
    leaves, arrives = (
        not any(cover.start <= at <= cover.end for cover in _elsewhere(facts.covers, shift))
        for shift, at in ((first, first.end), (second, second.start))
    )
    if leaves == arrives:
        return list(early), list(late)
    touches = [*early, *late]
    if arrives:
        place = sum(touch.last < first.end for touch in touches)
    else:
        place = sum(touch.first <= second.start for touch in touches)
    return touches[:place], touches[place:]


def _elsewhere(covers: Iterable[Cover], shift: Span) -> list[Cover]:
    """The covers that reach into a shift; overtime covers nothing."""
    return [
        cover
        for cover in covers
        if cover.kind is not CoverKind.OVERTIME
        and cover.start < shift.end
        and cover.end > shift.start
    ]


def middle_of(morning: Span, afternoon: Span) -> int:
    """The middle of the break between the shifts: up to it a touch is the morning's."""
    return (morning.end + afternoon.start) // 2


# --- one half


def _derive_half(
    half: Half,
    shift: Span,
    touches: Sequence[Touch],
    facts: DayFacts,
    rules: DayRules,
    *,
    is_over: bool,
) -> DerivedHalf:
    if len(touches) == 2 and is_over and not facts.covers and not facts.excuses:
        [arrival], [departure] = touches[:1], touches[1:]
        if arrival.first <= shift.start and departure.last >= shift.end:
            # what nearly every half-day of a hall is
            return DerivedHalf(half, HalfState.PRESENT, shift, arrival.first, departure.last)
    return _HalfReader(half, shift, touches, facts, rules, is_over=is_over).read()


class _HalfReader:
    """Reads the ends of a half-day, then the gaps, then judges."""

    def __init__(
        self,
        half: Half,
        shift: Span,
        touches: Sequence[Touch],
        facts: DayFacts,
        rules: DayRules,
        *,
        is_over: bool,
    ) -> None:
        self.half = half
        self.shift = shift
        self.touches = touches
        self.rules = rules
        self.is_over = is_over
        self.is_enrolled = facts.is_enrolled
        self.is_silent = half in facts.silent
        self.covers = _elsewhere(facts.covers, shift)
        self.excuses: Mapping[CorrectionKind, str] = {
            excuse.kind: excuse.correction_id for excuse in facts.excuses if excuse.half is half
        }
        self.ground = next((g for g in reversed(facts.grounds) if g.half is half), None)
        self.required = subtract(shift, self.covers)
        self.arrived: int | None = None
        self.left: int | None = None

    def read(self) -> DerivedHalf:
        self._read_ends()
        if not self.required:
            return self._half(self._covered_state())
        events = [*self._end_events(), *self._away()]
        if not self.is_over:
            late = any(event.counts for event in events)
            return self._half(HalfState.LATE if late else HalfState.IN_PROGRESS, events)
        if not self.touches and not self._is_partly_covered():
            return self._nothing_shows()
        return self._judge(events)

    # What the touches show

    @property
    def _start(self) -> int:
        return self.required[0].start

    @property
    def _end(self) -> int:
        return self.required[-1].end

    @property
    def _arrival_is_due(self) -> bool:
        """An end that a cover reaches over needs no touch."""
        return self._start == self.shift.start

    @property
    def _departure_is_due(self) -> bool:
        return self._end == self.shift.end

    def _read_ends(self) -> None:
        if len(self.touches) > 1:
            self.arrived, self.left = self.touches[0].first, self.touches[-1].last
        elif self.touches:
            [only] = self.touches
            if self._is_arrival(only):
                self.arrived = only.first
            else:
                self.left = only.last

    def _is_arrival(self, only: Touch) -> bool:
        """A single touch signs the end that is nearer, or the one that has to be signed."""
        if self.required and self._arrival_is_due != self._departure_is_due:
            return self._arrival_is_due
        return only.first * 2 <= self.shift.start + self.shift.end

    def _end_events(self) -> Iterable[Event]:
        start, end = self._start, self._end
        if self.arrived is not None and self.arrived > start:
            yield self._event(EventKind.LATE, measure(self.required, start, self.arrived))
        if not self.is_over:
            return
        if self.left is not None and self.left < end:
            yield self._event(EventKind.EARLY_LEAVE, measure(self.required, self.left, end))
        if self.is_silent or not self.is_enrolled:
            return
        if self.arrived is None and self._arrival_is_due:
            yield self._event(EventKind.MISSING_ARRIVAL, 0)
        if self.left is None and self._departure_is_due:
            yield self._event(EventKind.MISSING_DEPARTURE, 0)

    def _away(self) -> Iterable[Event]:
        """Going out and coming back in between, where the touches pair; an odd one proves nothing.

        Whether touches mean in or out is not asked of the clock: what it notes of that is unsure.
        """
        if not self.is_over or len(self.touches) < 4 or len(self.touches) % 2:
            return
        inner = self.touches[1:-1]
        gaps = [
            measure(self.required, out.last, back.first)
            for out, back in zip(inner[::2], inner[1::2], strict=True)
        ]
        if sum(gaps):
            yield self._event(EventKind.AWAY, sum(gaps), at=inner[0].last)

    def _event(self, kind: EventKind, seconds: int, at: int | None = None) -> Event:
        excused_by = self.excuses.get(EXCUSED_BY[kind], self.excuses.get(CorrectionKind.PRESENCE))
        if kind is EventKind.LATE:
            at = self.arrived
        elif kind is EventKind.EARLY_LEAVE:
            at = self.left
        return Event(kind, seconds, at, excused_by, excused_by is None)

    # What it comes to

    def _is_partly_covered(self) -> bool:
        """Whether so much is covered that the rest would not be an absence by itself."""
        rest = sum(span.end - span.start for span in self.required)
        return bool(self.covers) and not self.rules.away.is_met_by(_minutes(rest))

    def _covered_state(self) -> HalfState:
        kinds = {cover.kind for cover in self.covers}
        return next(state for kind, state in COVERED_STATES.items() if kind in kinds)

    def _nothing_shows(self) -> DerivedHalf:
        proof = self.excuses.get(CorrectionKind.PRESENCE)
        if proof is not None:
            return self._half(HalfState.PRESENT)
        if self.is_silent or not self.is_enrolled:
            return self._half(HalfState.UNKNOWN)
        minutes = _minutes(sum(span.end - span.start for span in self.required))
        return self._half(HalfState.ABSENT, [Event(EventKind.ABSENCE, minutes)])

    def _judge(self, in_seconds: list[Event]) -> DerivedHalf:
        missing_seconds = sum(event.minutes for event in in_seconds if event.counts)
        events = self._in_minutes(in_seconds)
        if missing_seconds and self.rules.away.is_met_by(_minutes(missing_seconds)):
            subsumed = [event._replace(counts=False) for event in events]
            absence = Event(EventKind.ABSENCE, min(_minutes(missing_seconds), self._room))
            return self._half(HalfState.ABSENT, [*subsumed, absence])
        kinds = {event.kind for event in events if event.counts}
        if kinds & {EventKind.MISSING_ARRIVAL, EventKind.MISSING_DEPARTURE}:
            state = HalfState.MISSING_PUNCH
        elif {EventKind.LATE, EventKind.EARLY_LEAVE} <= kinds:
            state = HalfState.LATE_AND_EARLY
        elif EventKind.LATE in kinds:
            state = HalfState.LATE
        elif EventKind.EARLY_LEAVE in kinds:
            state = HalfState.EARLY_LEAVE
        elif not self.touches and CorrectionKind.PRESENCE not in self.excuses:
            state = self._covered_state()
        else:
            state = HalfState.PRESENT
        return self._half(state, events)

    @property
    def _room(self) -> int:
        """Minutes that the person had to be there."""
        return _minutes(sum(span.end - span.start for span in self.required))

    def _in_minutes(self, events: Iterable[Event]) -> list[Event]:
        """Each time in minutes begun, together never more than the half-day asks for."""
        room = self._room
        rounded = []
        for event in events:
            minutes = min(_minutes(event.minutes), room)
            room -= minutes
            rounded.append(event._replace(minutes=minutes))
        return rounded

    def _half(self, state: HalfState, events: Iterable[Event] = ()) -> DerivedHalf:
        kept = events if self.is_over else self._in_minutes(events)
        return DerivedHalf(
            half=self.half,
            state=state,
            shift=self.shift,
            arrived=self.arrived,
            left=self.left,
            events=tuple(kept),
            covers=tuple(dict.fromkeys((cover.kind, cover.label) for cover in self.covers)),
            is_silent=self.is_silent,
            is_enrolled=self.is_enrolled,
            attested_by=self.excuses.get(CorrectionKind.PRESENCE),
            ground=self.ground if state is HalfState.ABSENT and not self.touches else None,
        )


def _overtime(covers: Iterable[Cover], touches: Sequence[Touch]) -> int:
    """Minutes of approved overtime from the day's first touch to its last (ATTEND 二(三)3)."""
    if not touches:
        return 0
    here = Span(touches[0].first, touches[-1].last)
    spans = [Span(c.start, c.end) for c in covers if c.kind is CoverKind.OVERTIME]
    return measure(_united(spans), here.start, here.end) // MINUTE


# --- spans


def seconds_of(at: time) -> int:
    return at.hour * 3600 + at.minute * MINUTE + at.second


def subtract(span: Span, covers: Iterable[Cover]) -> list[Span]:
    """What is left of a span without what is covered, in order."""
    left = []
    start = span.start
    for cover in sorted(covers, key=lambda cover: cover.start):
        if cover.start >= span.end:
            break
        if cover.start > start:
            left.append(Span(start, cover.start))
        start = max(start, cover.end)
    if start < span.end:
        left.append(Span(start, span.end))
    return left


def measure(spans: Iterable[Span], start: int, end: int) -> int:
    """Seconds of the spans, which lie apart, between two moments."""
    return sum(max(0, min(span.end, end) - max(span.start, start)) for span in spans)


def _united(spans: Iterable[Span]) -> list[Span]:
    united: list[Span] = []
    for span in sorted(spans):
        if united and span.start <= united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, span.end))
        else:
            united.append(span)
    return united


def _minutes(seconds: int) -> int:
    return -(-seconds // MINUTE)
