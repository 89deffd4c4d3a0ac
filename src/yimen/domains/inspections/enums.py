"""The closed sets of an inspection: who is looked at, where a round and a finding stand."""

from enum import StrEnum

from yimen.domains.rulebook.enums import TableKind

__all__ = [
    "AT_WINDOWS",
    "FINDING_MOVES",
    "SUBJECT_OF",
    "FindingAction",
    "FindingState",
    "RoundAction",
    "RoundState",
    "SubjectAction",
    "SubjectKind",
    "TableKind",
]


class SubjectKind(StrEnum):
    """Who is assessed but has no account and no window (domain.md §8)."""

    OFFICE = "office"
    GUARD = "guard"
    CLEANER = "cleaner"
    """A cleaner's floor, with who keeps it."""

    @property
    def label(self) -> str:
        return SUBJECT_LABELS[self]


SUBJECT_LABELS = {
    SubjectKind.OFFICE: "办公室",
    SubjectKind.GUARD: "保安",
    SubjectKind.CLEANER: "保洁区",
}

SUBJECT_OF: dict[TableKind, SubjectKind] = {
    TableKind.OFFICES: SubjectKind.OFFICE,
    TableKind.CLEANERS: SubjectKind.CLEANER,
    TableKind.GUARDS: SubjectKind.GUARD,
}
"""Whom the findings of a table are about; the other tables are about windows and their staff."""

AT_WINDOWS = frozenset(TableKind) - SUBJECT_OF.keys()


class SubjectAction(StrEnum):
    """The commands on an entry of the register."""

    CHANGE = "change"
    END = "end"

    @property
    def label(self) -> str:
        return "修改" if self is SubjectAction.CHANGE else "停用"


class RoundState(StrEnum):
    """Whether an inspection round still takes findings."""

    OPEN = "open"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return "督查中" if self is RoundState.OPEN else "已结束"


class RoundAction(StrEnum):
    """The commands on a round."""

    RECORD = "findings"
    CLOSE = "close"

    @property
    def label(self) -> str:
        return "登记发现的问题" if self is RoundAction.RECORD else "结束督查"


class FindingState(StrEnum):
    """Where a finding stands with those it is about."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """The inspected do not accept it, and the office has yet to decide."""
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    """Kept as it was; another finding stands in its place."""

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    FindingState.RECORDED: "已登记，待确认",
    FindingState.CONFIRMED: "已确认",
    FindingState.REFUSED: "有异议，待裁定",
    FindingState.UPHELD: "异议不成立，维持",
    FindingState.WITHDRAWN: "已撤销",
    FindingState.CORRECTED: "已更正",
}

FINDING_MOVES: dict[FindingState, frozenset[FindingState]] = {
    FindingState.RECORDED: frozenset(
        {
            FindingState.CONFIRMED,
            FindingState.REFUSED,
            FindingState.WITHDRAWN,
            FindingState.CORRECTED,
        }
    ),
    FindingState.CONFIRMED: frozenset({FindingState.WITHDRAWN, FindingState.CORRECTED}),
    FindingState.REFUSED: frozenset(
        {FindingState.UPHELD, FindingState.WITHDRAWN, FindingState.CORRECTED}
    ),
    FindingState.UPHELD: frozenset({FindingState.WITHDRAWN, FindingState.CORRECTED}),
    FindingState.WITHDRAWN: frozenset(),
    FindingState.CORRECTED: frozenset(),
}
"""Every move a finding may make; what is withdrawn or replaced stays so."""

EFFECTIVE = frozenset({FindingState.RECORDED, FindingState.CONFIRMED, FindingState.UPHELD})
"""Findings that cost points: from the moment they are recorded, unless somebody objects."""

STANDING = frozenset(FindingState) - {FindingState.WITHDRAWN, FindingState.CORRECTED}


class FindingAction(StrEnum):
    """The commands on a finding; each is an endpoint of its own."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    DECIDE = "decide"
    CORRECT = "correct"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    FindingAction.CONFIRM: "确认",
    FindingAction.REFUSE: "提出异议",
    FindingAction.DECIDE: "裁定异议",
    FindingAction.CORRECT: "更正",
    FindingAction.WITHDRAW: "撤销",
}

ANSWERS = frozenset({FindingAction.CONFIRM, FindingAction.REFUSE})
"""What the inspected say; the rest is the office's."""

ACTION_STATES: dict[FindingAction, frozenset[FindingState]] = {
    FindingAction.CONFIRM: frozenset({FindingState.RECORDED}),
    FindingAction.REFUSE: frozenset({FindingState.RECORDED}),
    FindingAction.DECIDE: frozenset({FindingState.REFUSED}),
    FindingAction.CORRECT: STANDING,
    FindingAction.WITHDRAW: frozenset(
        {FindingState.RECORDED, FindingState.CONFIRMED, FindingState.UPHELD}
    ),
}
"""In which state a command can be given; one who objects is answered, not passed over."""
