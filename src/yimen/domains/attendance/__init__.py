"""The attendance domain: who was at their post (ATTEND)."""
