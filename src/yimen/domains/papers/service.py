"""Issuing papers and reading them again."""

from collections.abc import Sequence
from secrets import token_bytes
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.errors import NotFound
from yimen.domains.papers.models import Paper
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.rules import CODE_LENGTH, Issue, hash_of, render_text, write_code
from yimen.domains.papers.schemas import PaperRead

__all__ = ["PaperRead", "PaperService", "paper_values"]  # a domain with papers shows them as we do


def paper_values(
    issue: Issue,
    *,
    paper_id: UUID,
    subject_type: str,
    subject_id: UUID,
    department_id: UUID | None,
    window_id: UUID | None,
    issued_by_name: str,
) -> dict[str, object]:
    """The columns of a new paper, also for statements that write it together with its act."""
    content = issue.content()
    code = write_code(token_bytes(CODE_LENGTH))
    return {
        "id": paper_id,
        "number": issue.number,
        "kind": issue.kind.value,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "department_id": department_id,
        "window_id": window_id,
        "content": content,
        "text": render_text(
            issue.body, number=issue.number, issued_at=issue.issued_at, verification_code=code
        ),
        "content_hash": hash_of(issue.number, content),
        "issued_at": issue.issued_at,
        "issued_by_name": issued_by_name,
        "verification_code": code,
    }


class PaperService:
    """Papers are written in the transaction of the act they prove."""

    def __init__(self, papers: PaperRepository) -> None:
        self.papers = papers

    async def read(self, paper_id: UUID, caller: Caller) -> Paper:
        """One paper that the caller may see."""
        paper = await self.papers.find(paper_id, caller)
        if paper is None:
            raise NotFound
        return paper

    async def of_subject(self, subject_type: str, subject_id: UUID) -> Sequence[Paper]:
        """The papers of a thing that the caller was already allowed to see, oldest first."""
        return await self.papers.of_subject(subject_type, subject_id)
