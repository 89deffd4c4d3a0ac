"""Papers as PDF: finds the fonts of the machine, and sets the page with typst in threads."""

import json
import mmap
import unicodedata
from asyncio import wrap_future
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

import typst

from yimen.core.errors import Unavailable
from yimen.domains.papers.rules_fonts import Coverage, points_to_draw, read_coverage
from yimen.domains.papers.rules_page import Page

TEMPLATE = Path(__file__).with_name("paper.typ").read_bytes()

FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/opt/homebrew/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
    Path("~/Library/Fonts").expanduser(),
)

SONG = (
    "Source Han Serif SC",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "SimSun",
    "Songti SC",
    "AR PL UMing",
    "AR PL SungtiL GB",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
TITLE_FAMILIES = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "STZhongsong", *SONG)
"""小标宋, which the titles of official papers are set in, and what comes near it."""
TEXT_FAMILIES = ("FangSong", "FangSong_GB2312", "FZFangSong-Z02S", "STFangsong", *SONG)
"""仿宋, which their text is set in, and what comes near it."""

WORDS_OF_TEMPLATE = "编号：验证码，凭此可查验真伪（盖章）作废—……0123456789"
PROBE = "政务服务中心告知书"
SIGNS_NAMED = 5
UNTIL_INSTALLED = 3600
"""Seconds after which asking again makes sense when a font is missing."""
WAITING_FOR_A_THREAD = 32
"""PDFs that may wait in a process; more are refused at once."""


class FontMissing(Unavailable):
    code = "font_missing"
    title = "本机没有能显示这份文书的字体，无法生成 PDF。"


class PrinterBusy(Unavailable):
    code = "printer_busy"
    title = "等待生成的 PDF 太多，请稍后重试。"


@dataclass(frozen=True, slots=True)
class Face:
    """The regular face of a font family, in a file."""

    path: Path
    index: int
    is_own: bool
    """Out of the folder that the setting names."""


class Fonts:
    """The fonts of the own folder and of the system's; which of them a text needs."""

    def __init__(self, own: Path | None, folders: Sequence[Path]) -> None:
        every = [*([] if own is None else [own]), *folders]
        self.book = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in every if folder.is_dir()],
        )
        best: dict[str, tuple[tuple[bool, int], Face]] = {}
        for font in self.book.fonts():
            if font.path is None:
                continue
            rank = (font.style != "normal", abs(font.weight - 400))
            path = Path(font.path)
            is_own = own is not None and path.is_relative_to(own)
            face = Face(path, font.index, is_own)
            known = best.get(font.family)
            if known is None or rank < known[0]:
                best[font.family] = (rank, face)
        self.faces = {family: face for family, (_, face) in sorted(best.items())}
        self._coverage: dict[str, Coverage | None] = {}

    def choose(self, preferred: Sequence[str], points: Iterable[int]) -> tuple[list[str], set[int]]:
        """Families that show the code points, the preferred first; and what none can show."""
        left = set(points)
        families = []
        for family in [*(f for f in preferred if f in self.faces), *self.faces]:
            if not left:
                break
            shown = {point for point in left if self._shows(family, point)}
            if shown:
                families.append(family)
                left -= shown
        return families, left

    def has_chinese(self) -> bool:
        """Whether ordinary Chinese text can be set at all."""
        return not self.choose(SONG, map(ord, PROBE))[1]

    def _shows(self, family: str, point: int) -> bool:
        face = self.faces[family]
        if unicodedata.category(chr(point)) == "Co" and not face.is_own:
            return False  # what a private sign looks like is a matter of agreement
        if family not in self._coverage:
            self._coverage[family] = _read_coverage(face)
        coverage = self._coverage[family]
        return coverage is not None and point in coverage


def _read_coverage(face: Face) -> Coverage | None:
    try:
        with (
            face.path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return read_coverage(content, face.index)
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Document:
    """A template with its data as JSON, and every text that is set, so that fonts can be chosen."""

    template: bytes
    data_name: str
    data: str
    texts: tuple[str, ...]


class Printer:
    """Sets pages as PDF, a few at a time, each in a thread with a compiler of its own."""

    def __init__(
        self,
        *,
        font_dir: Path | None,
        max_concurrent: int,
        system_folders: Sequence[Path] = FONT_FOLDERS,
    ) -> None:
        self._font_dir = font_dir
        self._system_folders = system_folders
        self._max_concurrent = max_concurrent
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="pdf")
        self._places = max_concurrent + WAITING_FOR_A_THREAD
        self._taken = 0
        self._lock = Lock()
        self._starting = Lock()
        self._fonts: Fonts | None = None
        self._compilers: SimpleQueue[typst.Compiler] = SimpleQueue()

    async def print_pdf(self, page: Page, *, issued_at: datetime) -> bytes:
        """The page as PDF, the same bytes each time; raises FontMissing, PrinterBusy."""
        return await self._in_a_thread(lambda: self.make_pdf(page, issued_at))

    async def print_document(self, document: Document, *, issued_at: datetime) -> bytes:
        """What is no paper but printed like one; raises FontMissing, PrinterBusy."""
        return await self._in_a_thread(lambda: self.make_document(document, issued_at))

    async def _in_a_thread(self, work: Callable[[], bytes]) -> bytes:
        with self._lock:
            if self._taken >= self._places:
                raise PrinterBusy(retry_after_seconds=2)
            self._taken += 1
            future = self._threads.submit(work)
        future.add_done_callback(self._leave)
        return await wrap_future(future)

    def make_pdf(self, page: Page, issued_at: datetime) -> bytes:
        """The same, in the thread of whoever calls."""
        texts = (*page.texts(), page.verification_code)
        data = json.dumps(asdict(page), ensure_ascii=False)
        return self.make_document(Document(TEMPLATE, "page.json", data, texts), issued_at)

    def make_document(self, document: Document, issued_at: datetime) -> bytes:
        """A document in the thread of whoever calls."""
        fonts = self._open_fonts()
        points = points_to_draw([*document.texts, WORDS_OF_TEMPLATE])
        text, missing = fonts.choose(TEXT_FAMILIES, points)
        if missing:
            raise _describe(missing, fonts)
        title, _ = fonts.choose(TITLE_FAMILIES, points)
        compiler = self._compilers.get()
        try:
            pdf = compiler.compile(
                input={  # type: ignore[type-var] # its stub lacks the several files it takes
                    "main.typ": document.template,
                    document.data_name: document.data.encode(),
                    "fonts.json": json.dumps({"title": title, "text": text}).encode(),
                },
                format="pdf",
                pdf_standards="a-2b",  # for the archive
                timestamp=int(issued_at.timestamp()),
            )
        finally:
            self._compilers.put(compiler)
        assert isinstance(pdf, bytes)
        return pdf

    def _leave(self, _: "Future[bytes]") -> None:
        with self._lock:
            self._taken -= 1

    def _open_fonts(self) -> Fonts:
        with self._starting:
            if self._fonts is None:
                fonts = Fonts(self._font_dir, self._system_folders)
                for _ in range(self._max_concurrent):
                    self._compilers.put(typst.Compiler(font_paths=fonts.book))
                self._fonts = fonts
            return self._fonts


def _describe(missing: Iterable[int], fonts: Fonts) -> FontMissing:
    """Which signs cannot be shown, and which Debian package has them."""
    signs = sorted(missing)
    han = [point for point in signs if unicodedata.name(chr(point), "").startswith("CJK")]
    if han and not fonts.has_chinese():
        return FontMissing(
            "本机没有中文字体，无法生成 PDF。请管理员安装字体（Debian、Ubuntu：apt-get install "
            "fonts-noto-cjk），或用设置 YIMEN_FONT_DIR 指明字体所在目录，然后重启服务。"
            "这期间可用网页版（html）打印。",
            retry_after_seconds=UNTIL_INSTALLED,
        )
    shown = "、".join(f"“{chr(point)}”（U+{point:04X}）" for point in signs[:SIGNS_NAMED])
    package = "fonts-hanazono" if han else "fonts-noto-core"
    return FontMissing(
        f"本机的字体中没有{shown}{'等字' if len(signs) > SIGNS_NAMED else ''}，无法生成 PDF。"
        f"请管理员安装字体（Debian、Ubuntu：apt-get install {package}），或把有这些字的字体放入 "
        "YIMEN_FONT_DIR 指明的目录，然后重启服务。这期间可用网页版（html）打印。",
        retry_after_seconds=UNTIL_INSTALLED,
    )


@lru_cache
def printer_for(font_dir: Path | None, max_concurrent: int) -> Printer:
    """The process's printer for its settings."""
    return Printer(font_dir=font_dir, max_concurrent=max_concurrent)
