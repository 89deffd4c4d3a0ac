"""The two pages: served from the package alone, under a policy without exceptions."""

import re
import stat
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from yimen.demo.floor import MACHINES, keep_secrets, read_secrets
from yimen.pages.serving import FILES, PAGES

TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FILES.iterdir())}


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_and_all_it_asks_for_come_from_the_service(
    page: str, client: httpx.AsyncClient
) -> None:
    shown = await client.get(f"/{page}")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert 'lang="zh-CN"' in shown.text
    parts = re.findall(r'(?:href|src)="([^"]+)"', shown.text)
    assert len(parts) == 2
    imported = re.findall(r'from "\./([^"]+)"', TEXTS[f"{page}.js"])
    for part in [*parts, *(f"pages/{name}" for name in imported)]:
        assert not part.startswith("/"), "behind a proxy the page lies elsewhere"
        found = await client.get(f"/{part}")
        assert found.status_code == 200, part
        kind = "text/css" if part.endswith(".css") else "text/javascript"
        assert found.headers["content-type"].startswith(kind)
        assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("page", PAGES)
async def test_the_policy_lets_nothing_in_but_the_halls_own_files(
    page: str, client: httpx.AsyncClient
) -> None:
    policy = (await client.get(f"/{page}")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy and "*" not in policy
    html = TEXTS[f"{page}.html"]
    assert re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", html) is None


@pytest.mark.parametrize("name", TEXTS)
def test_no_part_names_another_origin_or_reads_text_as_markup(name: str) -> None:
    assert re.search(r"https?://|url\(|@import", TEXTS[name]) is None
    assert (
        re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", TEXTS[name])
        is None
    )


@pytest.mark.parametrize(
    "path", ["/pages/serving.py", "/pages/../serving.py", "/pages/%2e%2e/serving.py", "/pages/"]
)
async def test_only_the_parts_are_served(path: str, client: httpx.AsyncClient) -> None:
    assert (await client.get(path)).status_code == 404


def test_the_pages_are_not_part_of_the_contract(application: FastAPI) -> None:
    paths = application.openapi()["paths"]
    assert {f"/{page}" for page in PAGES} & set(paths) == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_place_that_a_script_writes_to_is_on_its_page(page: str) -> None:
    used = set(re.findall(r'place\("([\w-]+)"\)', TEXTS[f"{page}.js"]))
    there = set(re.findall(r'id="([\w-]+)"', TEXTS[f"{page}.html"]))
    assert used and used <= there
    assert 'aria-live="assertive"' in TEXTS["screen.html"]


def test_the_demos_machines_are_those_of_the_pages_and_their_secrets_the_owners(
    tmp_path: Path,
) -> None:
    assert set(MACHINES) == set(PAGES)
    assert read_secrets(tmp_path) == {}
    keep_secrets(tmp_path, {"screen": (UUID(int=7), "geheim")})
    assert read_secrets(tmp_path)["screen"] == {
        "client_id": str(UUID(int=7)),
        "client_secret": "geheim",
    }
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
