"""What a subscription and a delivery can be."""

from enum import StrEnum


class WebhookState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """Nothing is sent; everything is kept until it is resumed."""
    OFF = "off"
    """Over: nothing is kept any more."""

    @property
    def label(self) -> str:
        return {"active": "启用", "paused": "暂停", "off": "停用"}[self.value]


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Tried as often as is of use; can be replayed."""
    DROPPED = "dropped"
    """The subscription was switched off before it arrived."""

    @property
    def label(self) -> str:
        return {
            "pending": "待送达",
            "delivered": "已送达",
            "failed": "未送达",
            "dropped": "已放弃",
        }[self.value]


class AttemptFailure(StrEnum):
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    """Answered with a status other than 2xx; a redirect is not followed."""

    @property
    def label(self) -> str:
        return {"unreachable": "连接不上", "timed_out": "超时", "refused": "对方没有接受"}[
            self.value
        ]
