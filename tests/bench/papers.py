"""What printing costs: PDFs of two pages, each of another paper, without database and HTTP."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from tests.papers_factories import CASE, FONTS, ISSUED_AT, long_receipt, page_of, words_of

from yimen.core.config import Settings
from yimen.domains.papers.rules_page import Page
from yimen.domains.papers.service_printing import Printer

WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Printed:
    """What a run brought; times are of one PDF after the other, the rate of as many as allowed."""

    pages: int
    milliseconds: float
    """The median of a PDF of so many pages."""
    best_milliseconds: float
    milliseconds_a_page: float
    cpu_milliseconds: float
    """Processor time of a PDF, over all threads."""
    pdfs_per_second: float
    first_milliseconds: float
    """The first PDF of a process, with the search for fonts."""


def papers(count: int) -> list[Page]:
    """So many receipts of two pages, no two alike."""
    return [
        page_of(
            long_receipt(replace(CASE, case_number=f"BJ-2026-{number:06}")),
            number=f"HZ-2026-{number:06}",
        )
        for number in range(count)
    ]


def run(count: int = 200) -> Printed:
    """Print so many papers, one by one and then as they come."""
    concurrent: int = Settings.model_fields["pdf_concurrency"].default
    printer = Printer(font_dir=FONTS, max_concurrent=concurrent, system_folders=())
    pages = papers(count + WARM_UP)
    started = time.perf_counter()
    first = printer.make_pdf(pages[0], ISSUED_AT)
    first_milliseconds = (time.perf_counter() - started) * 1000
    for page in pages[:WARM_UP]:
        printer.make_pdf(page, ISSUED_AT)
    took = []
    cpu = time.process_time()
    for page in pages[WARM_UP:]:
        started = time.perf_counter()
        printer.make_pdf(page, ISSUED_AT)
        took.append((time.perf_counter() - started) * 1000)
    cpu_milliseconds = (time.process_time() - cpu) * 1000 / count
    sheets = len(words_of(first))
    started = time.perf_counter()
    asyncio.run(_print_all(printer, papers(count * 2)[count:]))
    return Printed(
        pages=sheets,
        milliseconds=median(took),
        best_milliseconds=min(took),
        milliseconds_a_page=median(took) / sheets,
        cpu_milliseconds=cpu_milliseconds,
        pdfs_per_second=count / (time.perf_counter() - started),
        first_milliseconds=first_milliseconds,
    )


async def _print_all(printer: Printer, pages: Sequence[Page]) -> None:
    """As many at a time as the printer's threads, as a busy hall would ask for them."""
    waiting = iter(pages)

    async def print_on() -> None:
        for page in waiting:
            await printer.print_pdf(page, issued_at=ISSUED_AT)

    await asyncio.gather(*(print_on() for _ in range(4)))
