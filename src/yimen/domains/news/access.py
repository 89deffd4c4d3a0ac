"""Who keeps the register of adoptions: the office (domain.md §10, news registration)."""

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal


def why_not_reverse(is_reversed: bool, caller: Caller) -> Refusal | None:
    """Why the caller may not take a record back."""
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "信息采用由中心办公室登记。")
    if is_reversed:
        return Refusal("news_merit_reversed", "该登记已经撤销。")
    return None
