"""The service guides that anyone may read: items in force, and nothing of how they came about."""

from datetime import date
from uuid import UUID

from yimen.core.pagination import Page
from yimen.domains.catalog.enums import ItemStatus
from yimen.domains.catalog.rules import time_limit_text
from yimen.domains.catalog.schemas import ChargeBody, ItemQuery
from yimen.domains.catalog.schemas_public import (
    DepartmentGuides,
    GuideHours,
    GuideMaterial,
    GuideQuery,
    GuideRead,
    GuideSummary,
    GuideWindow,
)
from yimen.domains.catalog.service import CatalogService, ItemNotFound
from yimen.domains.rulebook.service import Edition, RulebookService

SEASONS = {"summer": "夏季", "winter": "冬季"}


class GuideService:
    """Guides as the public reads them today (MGMT 十三)."""

    def __init__(self, items: CatalogService, rulebook: RulebookService, today: date) -> None:
        self.items = items
        self.rulebook = rulebook
        self.today = today

    async def list_page(self, query: GuideQuery) -> Page[GuideSummary]:
        """Guides of the items in force."""
        wish = ItemQuery(
            department_id=query.department_id,
            window_id=query.window_id,
            category=query.category,
            kind=query.kind,
            q=query.q,
            status=ItemStatus.IN_FORCE,
            limit=query.limit,
            cursor=query.cursor,
            with_total=query.with_total,
        )
        rows, cursor, total = await self.items.items(wish)
        found = [GuideSummary.model_validate(row) for row in rows]
        return Page(items=found, next_cursor=cursor, total=total)

    async def departments(self) -> list[DepartmentGuides]:
        """The departments that have items in force, by name."""
        rows = await self.items.catalog.departments_with_items(ItemStatus.IN_FORCE)
        return [
            DepartmentGuides(id=department_id, name=name, guide_count=count)
            for department_id, name, count in rows
        ]

    async def read(self, item_id: UUID) -> GuideRead:
        """The guide of an item in force; raises ItemNotFound for any other."""
        item = await self.items.item(item_id)
        if item.status is not ItemStatus.IN_FORCE:
            raise ItemNotFound
        content = item.content
        windows = (await self.items.catalog.windows(content.window_ids)).values()
        return GuideRead(
            id=item.id,
            code=item.code,
            name=content.name,
            group_name=content.group_name,
            item_code=content.item_code,
            department_id=item.department_id,
            department_name=item.department_name,
            category=content.category,
            category_label=content.category.label,
            kind=content.kind,
            kind_label=content.kind.label,
            time_limit=time_limit_text(content),
            steps=list(content.steps),
            disclosures=self.items.completeness(item).disclosures,
            materials=[
                GuideMaterial(
                    name=material.name,
                    copies=material.copies,
                    pages=material.pages,
                    is_principal=material.is_principal,
                    is_required=material.is_required,
                    original=material.original,
                    original_label=material.original.label,
                )
                for material in content.materials
            ],
            charges=[ChargeBody.model_validate(charge) for charge in content.charges],
            windows=[
                GuideWindow(id=window.id, number=window.number, name=window.name)
                for window in sorted(windows, key=lambda one: (len(one.number), one.number))
                if window.is_open_on(self.today)
            ],
            hours=_hours(self.rulebook.edition_on(self.today), self.today),
            to_be_completed=[mark.label for mark in content.to_complete],
            effective_on=item.effective_on,
            version_no=item.version_no,
        )


def _hours(edition: Edition, today: date) -> list[GuideHours]:
    current = edition.season_on(today)
    found = []
    for season, label in SEASONS.items():
        month, day = edition.month_day(f"office_hours.{season}.starts_on")
        shifts = edition.shifts_on(date(today.year, month, day))
        found.append(
            GuideHours(
                season=season,
                label=label,
                starts_on=f"{month:02}-{day:02}",
                shifts=[f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in shifts],
                is_current=season == current,
            )
        )
    return found
