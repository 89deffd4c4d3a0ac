"""Every domain named once: its tables for Alembic, its router for the app, its jobs."""

from yimen.core import audit, idempotency, numbering, outbox
from yimen.core.periodic import PeriodicJob
from yimen.core.routing import Router
from yimen.domains.accounts import models as accounts
from yimen.domains.accounts import service as accounts_service
from yimen.domains.organisation import models as organisation

TABLES = [audit, idempotency, numbering, outbox, organisation, accounts]
"""Modules that declare tables: importing them fills the metadata."""

find_caller = accounts_service.find_caller
"""Who a session belongs to: asked on every request."""

ROUTERS: list[Router] = []

JOBS: list[PeriodicJob] = []
