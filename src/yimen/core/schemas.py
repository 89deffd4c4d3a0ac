"""The base of every request and response body, and the field types they share."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from yimen.core.clock import HALL_ZONE
from yimen.core.errors import AppError, Refusal


def example(*values: dict[str, Any]) -> ConfigDict:
    """A schema's configuration with its examples."""
    return ConfigDict(json_schema_extra={"examples": list(values)})


def page_example(item: dict[str, Any]) -> ConfigDict:
    """A page's configuration, with one item as its example."""
    return example({"items": [item], "next_cursor": None, "total": None})


class Schema(BaseModel):
    """Unknown fields are refused; text is stripped of blanks around it."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,  # where one is also shown
    )


class ReadSchema(BaseModel):
    """What the service shows; built from rows by attribute."""

    rows_in: ClassVar[str] = "items"
    """The member that a reply is about: each of its entries is a row of the reply's file."""

    model_config = ConfigDict(
        from_attributes=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,  # what is always shown is never optional
    )


def _printable(text: str) -> str:
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text) or "\x7f" in text:
        raise ValueError("含有控制字符。")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("应为一行文字。")
    return _printable(text)


Label = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
"""One line: a name, a title, a code."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""An identifier that people give to things."""

Note = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_printable)]
"""Free text of a person: a reason, a remark."""


def _reasonable(instant: datetime) -> datetime:
    if not 2000 <= instant.year <= 2100:
        raise ValueError("时间应在 2000 年至 2100 年之间。")
    return instant


Instant = Annotated[
    AwareDatetime,
    PlainSerializer(lambda at: at.astimezone(HALL_ZONE).isoformat(), when_used="json"),
]
"""An instant, served with +08:00."""

PastInstant = Annotated[AwareDatetime, AfterValidator(_reasonable)]
"""An instant that a person reports; whether it has passed is the service's question."""


class AllowedAction(ReadSchema):
    """A command on a resource: whether this caller may give it now, and if not, why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "change", "allowed": True, "reason_code": None, "reason": None},
                {
                    "action": "close",
                    "allowed": False,
                    "reason_code": "forbidden",
                    "reason": "此项操作由中心办公室办理。",
                },
            ]
        }
    )

    action: Annotated[str, Field(description="操作名称，与该资源的命令地址末段一致")]
    allowed: bool
    reason_code: Annotated[str | None, Field(description="不能办理时，该命令会返回的错误代码")]
    reason: Annotated[str | None, Field(description="不能办理的原因")]

    @classmethod
    def of(cls, action: str, against: Refusal | AppError | None) -> Self:
        """A command, and what stands against giving it now."""
        match against:
            case None:
                code, reason = None, None
            case Refusal():
                code, reason = against.code, against.reason
            case _:
                code, reason = against.code, against.detail
        return cls(action=str(action), allowed=against is None, reason_code=code, reason=reason)
