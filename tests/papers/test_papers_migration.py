"""Papers that were issued before there were codes get one each."""

import asyncio
import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from tests.conftest import outside_the_loop

from yimen.core.migrations import alembic_config, upgrade
from yimen.domains.papers.rules import CODE_SIGNS, read_code

_OLD_PAPERS = """
INSERT INTO papers
    (id, number, kind, subject_type, subject_id, content, text, content_hash, issued_at,
     issued_by_name)
SELECT gen_random_uuid(), 'HZ-2025-' || n, 'receipt', 'case', gen_random_uuid(), '{}', '收件回执单',
    'hash', now(), '王红'
FROM generate_series(1, 300) AS n
"""


def test_old_papers_get_codes_and_stay_as_they_were(new_database: Callable[[str], str]) -> None:
    url = new_database("papers_migration")

    async def run(statement: str) -> list[str]:
        engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            result = await connection.execute(sa.text(statement))
            rows = [row[0] for row in result] if result.returns_rows else []
        await engine.dispose()
        return rows

    def scene() -> None:
        command.downgrade(alembic_config(url), "case_clocks")
        asyncio.run(run(_OLD_PAPERS))
        upgrade(url)
        codes = asyncio.run(run("SELECT verification_code FROM papers"))
        assert len(set(codes)) == 300
        assert all(read_code(code) == code for code in codes)
        assert set(re.sub("-", "", "".join(codes))) == set(CODE_SIGNS)
        assert asyncio.run(run("SELECT DISTINCT text FROM papers")) == ["收件回执单"]
        off = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'papers'::regclass AND tgenabled = 'D'"
        assert asyncio.run(run(off)) == []

    outside_the_loop(scene)
