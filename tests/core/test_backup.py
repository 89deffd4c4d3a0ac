"""The drill: a copy of the running database, and a hall that goes on from it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from yimen import cli
from yimen.core.backup import BackupPlaceTaken, NoBackup, RestoreElsewhere, back_up, restore
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings, get_settings
from yimen.core.database import Database
from yimen.core.migrations import upgrade
from yimen.core.start import embedded, load_secrets, stop_embedded

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=HALL_ZONE)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Settings]:
    """A running hall with one number series."""
    settings = Settings(data_dir=tmp_path / "hall")
    load_secrets(settings)
    try:
        upgrade(embedded(settings).url)
        number(settings, "BEFORE")
        yield settings
    finally:
        stop_embedded()


def run(settings: Settings, statement: str) -> list[str]:
    """The first column of what a statement returns."""

    async def ask() -> list[str]:
        database = Database.connect(embedded(settings).url, settings)
        async with database.transaction() as session:
            found = (await session.scalars(sa.text(statement))).all()
        await database.close()
        return list(found)

    return asyncio.run(ask())


def number(settings: Settings, name: str) -> None:
    run(
        settings,
        f"INSERT INTO number_series (series, year, last) VALUES ('{name}', 2026, 1) RETURNING 1",
    )


def series(settings: Settings) -> list[str]:
    return run(settings, "SELECT series FROM number_series ORDER BY series")


def test_a_hall_goes_on_from_its_backup_and_nothing_is_written_over(
    hall: Settings, tmp_path: Path
) -> None:
    copy, again = tmp_path / "copy", Settings(data_dir=tmp_path / "again")
    taken = back_up(hall, copy, now=NOW, revision="x", audit_head="")
    number(hall, "LATER")
    [before] = run(hall, "SELECT pg_current_xact_id()::text")

    assert restore(again, copy) == taken
    assert series(again) == ["BEFORE"]
    assert series(hall) == ["BEFORE", "LATER"]
    [after] = run(again, "SELECT pg_current_xact_id()::text")
    assert int(after) > int(before) - 10, "the server's transactions must not begin anew"
    assert load_secrets(again).personal_data == load_secrets(hall).personal_data

    with pytest.raises(BackupPlaceTaken):
        restore(hall, copy)
    with pytest.raises(BackupPlaceTaken):
        back_up(hall, copy, now=NOW, revision="x", audit_head="")
    assert series(hall) == ["BEFORE", "LATER"]


def test_a_damaged_or_half_backup_is_refused_before_anything_is_written(
    hall: Settings, tmp_path: Path
) -> None:
    copy, again = tmp_path / "copy", Settings(data_dir=tmp_path / "again")
    back_up(hall, copy, now=NOW, revision="x", audit_head="")
    version = copy / "postgres" / "PG_VERSION"
    whole = version.read_text()
    version.write_text(whole + " ")
    with pytest.raises(NoBackup, match="PG_VERSION"):
        restore(again, copy)
    version.unlink()
    with pytest.raises(NoBackup, match="PG_VERSION"):
        restore(again, copy)
    version.write_text(whole)
    (copy / "backup.json").unlink()
    with pytest.raises(NoBackup):
        restore(again, copy)
    assert not (again.data_dir / "postgres").exists()


def test_a_database_elsewhere_is_not_restored_by_the_service(tmp_path: Path) -> None:
    away = Settings(data_dir=tmp_path, database_url="postgresql+asyncpg://x@127.0.0.1:1/x")
    with pytest.raises(RestoreElsewhere):
        restore(away, tmp_path)


def test_the_command_says_what_it_did(
    hall: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(hall)
    get_settings.cache_clear()
    monkeypatch.setenv("YIMEN_DATA_DIR", str(hall.data_dir))
    done = CliRunner().invoke(cli.app, ["db", "backup", str(tmp_path / "copy")])
    assert done.exit_code == 0, done.output
    get_settings.cache_clear()
    monkeypatch.setenv("YIMEN_DATA_DIR", str(tmp_path / "again"))
    back = CliRunner().invoke(cli.app, ["db", "restore", str(tmp_path / "copy")])
    assert back.exit_code == 0, back.output
    get_settings.cache_clear()
    assert (tmp_path / "again" / "postgres" / "postgres" / "PG_VERSION").exists()
