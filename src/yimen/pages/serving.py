"""Where the pages are: plain HTML, modules and a style sheet, under a policy of their own."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FILES = Path(__file__).parent / "files"
PAGES = ("screen", "kiosk")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}
"""Nothing but the hall's own files: no inline script, no other origin."""


class OwnFiles(StaticFiles):
    """The pages' parts; asked for anew each time, so that an update shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        reply = await super().get_response(path, scope)
        reply.headers.update(HEADERS)
        return reply


def add_pages(app: FastAPI) -> None:
    """``/screen`` and ``/kiosk``, and their parts under ``/pages``; not in the contract."""
    for name in PAGES:
        app.add_api_route(
            f"/{name}",
            _page(FILES / f"{name}.html"),
            methods=["GET"],
            include_in_schema=False,
            name=f"page_{name}",
        )
    app.mount("/pages", OwnFiles(directory=FILES), name="pages")


def _page(path: Path) -> Callable[[], Awaitable[FileResponse]]:
    async def show() -> FileResponse:
        return FileResponse(path, media_type="text/html", headers=HEADERS)

    return show
