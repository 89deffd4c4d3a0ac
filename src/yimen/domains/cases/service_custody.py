"""Materials go back to whom they belong, against identity check and signature (REJECT 六)."""

from collections.abc import Sequence
from uuid import UUID

from yimen.core.errors import Conflict, FieldProblem, InvalidInput
from yimen.domains.cases.enums import CaseAction, CaseEventKind
from yimen.domains.cases.models import Case, CaseMaterial
from yimen.domains.cases.repository_facts import read_lines
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_custody import ReturnMaterialsCommand
from yimen.domains.cases.service_obstacles import returnable
from yimen.domains.cases.service_steps import Step, StepService
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import MaterialLine, return_receipt


class UnknownCaseMaterial(InvalidInput):
    code = "unknown_case_material"
    title = "该办件没有收过这份材料，请从已收材料中选择。"


class StaysOnFile(Conflict):
    code = "material_stays"
    title = "这份材料不在窗口代管或者已经退还；办理中和准予办理的材料随卷存档，不能退还。"


class CustodyService:
    """What the window holds of an applicant's, and how it goes back."""

    def __init__(self, steps: StepService) -> None:
        self.steps = steps
        self.bench = steps.bench
        self.cases = steps.cases

    async def give_back(self, case_id: UUID, seen: int, wish: ReturnMaterialsCommand) -> CaseRead:
        """Hand materials over and have it signed for, on a return receipt (REJECT 六).

        Originals in custody at any time; what was filed only when the request was turned down.
        Raises UnknownCaseMaterial, StaysOnFile, NothingToReturn.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.RETURN_MATERIALS)
        materials = await self._choose(step, wish.material_ids)
        at = self.bench.now
        for material in materials:
            material.returned_at = at
            material.returned_to = wish.returned_to
            material.identity_checked = wish.identity_checked
            material.return_signed_by = wish.signed_by
        listed = [
            MaterialLine(line.name, line.copies, line.pages, line.is_original) for line in materials
        ]
        step.issue(
            PaperKind.RETURN_RECEIPT,
            lambda head: return_receipt(
                head,
                materials=listed,
                returned_to=wish.returned_to,
                identity_checked=wish.identity_checked,
                signed_by=wish.signed_by,
                at=at,
            ),
        )
        step.happened(
            CaseEventKind.MATERIALS_RETURNED,
            PaperKind.RETURN_RECEIPT.article,
            wish.note,
            {
                "materials": [material.name for material in materials],
                "returned_to": wish.returned_to,
                "signed_by": wish.signed_by,
            },
        )
        shown = await self.steps.end(step)
        for material in materials:
            material.return_receipt_number = step.number_of(PaperKind.RETURN_RECEIPT)
        await self.cases.session.flush()
        return shown

    async def returnable(self, case_id: UUID) -> Sequence[CaseMaterial]:
        """What the applicant may still have back, of a case in the state that it has now."""
        return await self._returnable((await self.steps.find(case_id)).case)

    async def _returnable(self, case: Case) -> list[CaseMaterial]:
        lines = (await read_lines(self.cases.session, [case.id]))[case.id]
        materials = await self.cases.materials(case.id)
        return [materials[place] for place in returnable(case, lines)]

    async def _choose(self, step: Step, wanted: Sequence[UUID] | None) -> list[CaseMaterial]:
        if wanted is None:
            await self.steps.require(step)
            return await self._returnable(step.case)
        found = await self._returnable(step.case)
        known = {material.id for material in await self.cases.materials(step.case.id)}
        problems = [
            FieldProblem(f"/material_ids/{index}", UnknownCaseMaterial.code, "没有收过这份材料。")
            for index, material_id in enumerate(wanted)
            if material_id not in known
        ]
        if problems:
            raise UnknownCaseMaterial(errors=problems)
        chosen = [material for material in found if material.id in set(wanted)]
        if len(chosen) < len(set(wanted)):
            raise StaysOnFile(article="REJECT 六")
        return chosen
