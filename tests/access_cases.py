"""Who may do what with a case and its papers (domain.md §10)."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.cases_factories import all_materials, intake_body

from yimen.domains.cases.enums import ApplicantKind, PastOutcome
from yimen.domains.cases.models import PastCase

# The case lies at window 01 of department A. The clerks serve there, at window 02 of the same
# department, at window 03 of department B. The chiefs stand for A; for C, but serve at window 01
# today; for B, which is also asked for an opinion. ``seen``, ``none``: whether a list has the case.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /cases                               401   201   403   403   201   201   403   403   403
GET   /cases                               401   seen  none  none  seen  seen  none  seen  seen
POST  /cases/search                        401   seen  none  none  seen  seen  none  seen  seen
GET   /cases/deadline-preview              401   200   200   200   200   200   200   200   200
GET   /cases/{case_id}                     401   200   404   404   200   200   404   200   200
GET   /cases/{case_id}/deadline            401   200   404   404   200   200   404   200   200
GET   /cases/{case_id}/timeline            401   200   404   404   200   200   404   200   200
GET   /cases/{case_id}/materials           401   200   404   404   200   200   404   200   200
GET   /cases/{case_id}/papers              401   200   404   404   200   200   404   200   200
GET   /papers/{paper_id}                   401   200   404   404   200   200   404   200   200
POST  /cases/{case_id}/reveal-applicant    401   200   404   404   200   200   404   403   403
GET   /past-cases                          401   seen  none  none  seen  seen  none  seen  seen
GET   /past-cases/{past_case_id}           401   200   404   404   200   200   404   200   200
POST  /cases/{case_id}/accept              401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/supplement          401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/hand-in             401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/not-accept          401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/dismiss             401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/withdraw            401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/finish              401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/deliver             401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/transfer            401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/suspend             401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/report              401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/resume              401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/request-extension   401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/request-special     401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/ask-opinion         401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/decide-extension    401   403   403   403   403   403   403   403   200
POST  /cases/{case_id}/decide-special      401   403   403   403   403   403   403   403   200
POST  /cases/{case_id}/give-opinion        401   403   403   403   403   403   200   403   403
GET   /cases/{case_id}/opinions            401   200   404   404   200   200   404   200   200
GET   /opinions                            401   none  none  seen  none  none  seen  seen  seen
GET   /papers/{paper_id}/html              401   200   404   404   200   200   404   200   200
GET   /papers/{paper_id}/pdf               401   200   404   404   200   200   404   200   200
POST  /papers/{paper_id}/void              401   403   404   404   200   200   404   200   403
POST  /papers/{paper_id}/reissue           401   403   404   404   200   200   404   200   403
GET   /public/papers/{code}                200   200   200   200   200   200   200   200   200
POST  /cases/{case_id}/return-materials    401   200   404   404   200   200   404   403   403
POST  /cases/{case_id}/charges             401   201   404   404   201   201   404   403   403
GET   /cases/{case_id}/charges             401   200   404   404   200   200   404   200   200
GET   /cases/{case_id}/charges/{charge_id} 401   200   404   404   200   200   404   200   200
POST  /cases/{case_id}/charges/{charge_id}/reverse \
                                           401   200   404   404   200   200   404   403   403
"""
CASE_CALLERS = (
    "public", "clerk", "clerk_next_door", "clerk_elsewhere", "chief", "chief_visiting",
    "chief_elsewhere", "office", "director",
)  # fmt: skip


def commands_on_a_case() -> dict[str, Scene]:
    """A case in a state where the command can be given, and the command's words."""
    complete: dict[str, Any] = {"accept_if_complete": False}
    missing: dict[str, Any] = {"materials": []}
    grounds = {"reason": "不符合规划", "legal_basis": "行政许可法第三十二条"}
    granted = ("finish", {"result_number": "JY1"})
    survey = {"cause": "on_site_survey", "ground": "现场勘验"}
    extension = {"working_days": 3, "reason": "案情复杂"}
    special = {"due_on": "2026-03-12", "reason": "抗灾物资急需"}
    decision = {"approve": True, "reason": "同意"}
    table: dict[str, tuple[dict[str, Any], list[tuple[str, dict[str, Any]]], dict[str, Any]]] = {
        "accept": (complete, [], {}),
        "supplement": (missing, [], {"missing": [{"material_key": "m1"}]}),
        "hand-in": (missing, [], {"materials": [{"material_key": "m1"}]}),
        "not-accept": (missing, [], grounds),
        "dismiss": (missing, [], grounds | {"ground": "against_policy"}),
        "withdraw": ({}, [], {"reason": "自愿", "signed_by": "本人"}),
        "finish": ({}, [], {}),
        "deliver": ({}, [granted], {"method": "post", "signed_by": "本人"}),
        "suspend": ({}, [], survey),
        "report": ({}, [], {"superior_body": "州局", "reason": "权限属州级"}),
        "resume": ({}, [("suspend", survey)], {"answer": "符合要求"}),
        "request-extension": ({}, [], extension),
        "decide-extension": ({}, [("request-extension", extension)], decision),
        "request-special": ({}, [], special),
        "decide-special": ({}, [("request-special", special)], decision),
    }

    def scene(
        changes: dict[str, Any], steps: list[tuple[str, dict[str, Any]]], body: dict[str, Any]
    ) -> Scene:
        async def prepare(world: World) -> Ask:
            case = await world.case(*steps, **changes)
            return Ask(of={"case_id": case["id"]}, json=body, version=case["version"])

        return prepare

    return {f"POST /cases/{{case_id}}/{action}": scene(*parts) for action, parts in table.items()}


async def a_transfer(world: World) -> Ask:
    case = await world.case()
    body = {"handler_id": str(world.hall.colleague.staff_id), "reason": "培训"}
    return Ask(of={"case_id": case["id"]}, json=body, version=case["version"])


def a_question(world: World) -> dict[str, Any]:
    """What department B is asked about the case."""
    return {"department_id": str(world.hall.department_b), "question": "选址是否符合规划"}


async def a_case_to_ask_about(world: World) -> Ask:
    case = await world.case()
    return Ask(of={"case_id": case["id"]}, json=a_question(world), version=case["version"])


async def an_opinion(world: World) -> Ask:
    case = await world.case(("ask-opinion", a_question(world)))
    return Ask(
        of={"case_id": case["id"]},
        json={"agrees": True, "text": "符合规划"},
        version=case["version"],
        looks_for=case["id"],
    )


async def an_intake(world: World) -> Ask:
    return Ask(json=intake_body(world.items.food, window_id=str(world.hall.window_01)))


async def a_case(world: World) -> Ask:
    case = await world.case()
    return Ask(of={"case_id": case["id"]}, looks_for=case["id"])


async def a_search(world: World) -> Ask:
    case = await world.case()
    return Ask(json={"case_number": case["case_number"]}, looks_for=case["id"])


async def a_paper(world: World) -> Ask:
    case = await world.case()
    papers = (await world.people["clerk"].get(f"/api/v1/cases/{case['id']}/papers")).json()
    return Ask(of={"paper_id": papers[0]["id"], "code": papers[0]["verification_code"]})


async def a_paper_to_void(world: World) -> Ask:
    return replace(await a_paper(world), json={"reason": "登记有误"}, version=1)


async def a_paper_to_reissue(world: World) -> Ask:
    ask = await a_paper_to_void(world)
    await world.made("office", "POST /papers/{paper_id}/void", ask)
    return replace(ask, version=2)


async def an_original_to_return(world: World) -> Ask:
    deed = {"name": "房产证", "is_original": True, "custody": "held"}
    case = await world.case(materials=[*all_materials(), deed])
    body = {"returned_to": "本人", "identity_checked": "居民身份证", "signed_by": "本人"}
    return Ask(of={"case_id": case["id"]}, json=body, version=case["version"])


async def a_payment(world: World) -> Ask:
    case = await world.case()
    voucher = {"name": "证照工本费", "amount": "10.00", "bank": "信用社", "voucher_number": "NX1"}
    return Ask(of={"case_id": case["id"]}, json=voucher)


async def a_charge(world: World) -> Ask:
    payment = await a_payment(world)
    charge = await world.made("clerk", "POST /cases/{case_id}/charges", payment)
    return Ask(of={**payment.of, "charge_id": charge["id"]})


async def a_charge_to_reverse(world: World) -> Ask:
    return replace(await a_charge(world), json={"reason": "误登"}, version=1)


async def a_reveal(world: World) -> Ask:
    return Ask(of={"case_id": (await world.case())["id"]}, json={"reason": "电话通知取件"})


async def an_item_preview(world: World) -> Ask:
    return Ask(query={"item_id": str(world.items.food.item_id)})


async def a_past_case(world: World) -> Ask:
    past = PastCase(
        case_number="2019-1",
        item_id=world.items.food.item_id,
        item_name="食品经营许可",
        department_id=world.hall.department_a,
        window_id=world.hall.window_01,
        applicant_kind=ApplicantKind.PERSON,
        applicant_name="李强",
        received_on=date(2019, 4, 17),
        closed_on=date(2019, 4, 29),
        outcome=PastOutcome.GRANTED,
        recorded_at=world.clock(),
        recorded_by_name="办公室",
    )
    world.session.add(past)
    await world.session.flush()
    return Ask(of={"past_case_id": past.id}, looks_for=str(past.id))


SCENES: dict[str, Scene] = commands_on_a_case() | {
    "POST /cases": an_intake,
    "GET /cases": a_case,
    "POST /cases/search": a_search,
    "GET /cases/deadline-preview": an_item_preview,
    "GET /cases/{case_id}": a_case,
    "POST /cases/{case_id}/transfer": a_transfer,
    "POST /cases/{case_id}/ask-opinion": a_case_to_ask_about,
    "POST /cases/{case_id}/give-opinion": an_opinion,
    "GET /cases/{case_id}/opinions": a_case,
    "GET /opinions": an_opinion,
    "GET /cases/{case_id}/deadline": a_case,
    "GET /cases/{case_id}/timeline": a_case,
    "GET /cases/{case_id}/materials": a_case,
    "GET /cases/{case_id}/papers": a_case,
    "GET /papers/{paper_id}": a_paper,
    "GET /papers/{paper_id}/html": a_paper,
    "GET /papers/{paper_id}/pdf": a_paper,
    "POST /papers/{paper_id}/void": a_paper_to_void,
    "POST /papers/{paper_id}/reissue": a_paper_to_reissue,
    "GET /public/papers/{code}": a_paper,
    "POST /cases/{case_id}/return-materials": an_original_to_return,
    "POST /cases/{case_id}/charges": a_payment,
    "GET /cases/{case_id}/charges": a_case,
    "GET /cases/{case_id}/charges/{charge_id}": a_charge,
    "POST /cases/{case_id}/charges/{charge_id}/reverse": a_charge_to_reverse,
    "POST /cases/{case_id}/reveal-applicant": a_reveal,
    "GET /past-cases": a_past_case,
    "GET /past-cases/{past_case_id}": a_past_case,
}

CASES = Table(read_table(TABLE, CASE_CALLERS), SCENES)
