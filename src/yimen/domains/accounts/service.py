"""Who may log in, and with what."""

from yimen.domains.accounts.repository import find_caller

__all__ = ["find_caller"]
