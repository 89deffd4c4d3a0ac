"""Who may do what in the hall: logging in, organisation, accounts, calendar, items, machines."""

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from tests.access import LOGIN, PASSWORD, Ask, Scene, Table, World, read_table
from tests.catalog_factories import content_body
from tests.factories import (
    make_account,
    make_department,
    make_service,
    make_staff_member,
    make_window,
)

from yimen.core.caller import Role
from yimen.domains.accounts.models import Account
from yimen.domains.cases.models import Case

# What is asked for belongs to department A, if to any.
TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
POST  /auth/token                          200   200   200   200   200   200   200
POST  /auth/refresh                        200   200   200   200   200   200   200
POST  /auth/logout                         401   204   204   204   204   204   204
GET   /auth/me                             401   200   200   200   200   200   200
POST  /auth/password                       401   204   204   204   204   204   204
GET   /auth/sessions                       401   200   200   200   200   200   200
POST  /auth/sessions/{session_id}/end      401   204   404   404   404   404   404
GET   /departments                         401   200   200   200   200   200   200
POST  /departments                         401   403   403   403   403   201   403
GET   /departments/{department_id}         401   200   200   200   200   200   200
PATCH /departments/{department_id}         401   403   403   403   403   200   403
POST  /departments/{department_id}/close   401   403   403   403   403   200   403
POST  /departments/{department_id}/reopen  401   403   403   403   403   200   403
POST  /departments/{department_id}/chief-representative \
                                           401   403   403   403   403   200   403
POST  /departments/{department_id}/chief-representative/end \
                                           401   403   403   403   403   200   403
GET   /departments/{department_id}/chief-representatives \
                                           401   200   200   200   200   200   200
GET   /windows                             401   200   200   200   200   200   200
POST  /windows                             401   403   403   403   403   201   403
GET   /windows/{window_id}                 401   200   200   200   200   200   200
PATCH /windows/{window_id}                 401   403   403   403   403   200   403
POST  /windows/{window_id}/close           401   403   403   403   403   200   403
POST  /windows/{window_id}/reopen          401   403   403   403   403   200   403
GET   /windows/{window_id}/services        401   200   200   200   200   200   200
GET   /staff                               401   200   200   200   200   200   200
POST  /staff                               401   403   403   403   403   201   403
GET   /staff/{staff_id}                    401   200   200   200   200   200   200
PATCH /staff/{staff_id}                    401   403   403   403   403   200   403
POST  /staff/{staff_id}/depart             401   403   403   403   403   200   403
POST  /staff/{staff_id}/rejoin             401   403   403   403   403   200   403
GET   /staff/{staff_id}/services           401   200   200   200   200   200   200
POST  /staff/{staff_id}/services           401   403   403   403   403   200   403
POST  /staff/{staff_id}/services/{service_id}/end \
                                           401   403   403   403   403   200   403
POST  /staff/{staff_id}/services/{service_id}/cancel \
                                           401   403   403   403   403   200   403
GET   /duties                              401   200   200   200   200   200   200
GET   /duties/sheet                        401   200   200   200   200   200   200
POST  /duties                              401   403   403   201   403   201   403
GET   /duties/{duty_id}                    401   200   200   200   200   200   200
PATCH /duties/{duty_id}                    401   403   403   200   403   200   403
POST  /duties/{duty_id}/end                401   403   403   200   403   200   403
GET   /deputies                            401   200   200   200   200   200   200
POST  /deputies                            401   403   403   201   403   201   403
GET   /deputies/{deputy_id}                401   200   200   200   200   200   200
POST  /deputies/{deputy_id}/end            401   403   403   200   403   200   403
POST  /deputies/{deputy_id}/confirm        401   200   403   403   403   403   403
GET   /accounts                            401   403   403   403   403   200   200
POST  /accounts                            401   403   403   403   403   201   201
GET   /accounts/{account_id}               401   403   403   403   403   200   200
POST  /accounts/{account_id}/change-role   401   403   403   403   403   200   200
POST  /accounts/{account_id}/disable       401   403   403   403   403   200   200
POST  /accounts/{account_id}/enable        401   403   403   403   403   200   200
POST  /accounts/{account_id}/reset-password \
                                           401   403   403   403   403   200   200
GET   /calendar/status                     401   200   200   200   200   200   200
GET   /calendar/years                      401   200   200   200   200   200   200
GET   /calendar/years/{year}               401   200   200   200   200   200   200
GET   /calendar/days                       401   200   200   200   200   200   200
GET   /calendar/deadline-preview           401   200   200   200   200   200   200
POST  /calendar/years/{year}/publish       401   403   403   403   403   200   403
POST  /calendar/overrides                  401   403   403   403   403   200   403
GET   /service-items                       401   200   200   200   200   200   200
GET   /service-items/{item_id}             401   200   200   200   200   200   200
GET   /service-items/{item_id}/versions    401   200   200   200   200   200   200
GET   /service-items/{item_id}/versions/{version_no} \
                                           401   200   200   200   200   200   200
GET   /service-items/{item_id}/completeness \
                                           401   200   200   200   200   200   200
GET   /item-proposals                      401   seen  none  seen  none  seen  seen
POST  /item-proposals                      401   403   403   201   403   201   403
GET   /item-proposals/{proposal_id}        401   200   404   200   404   200   200
POST  /item-proposals/{proposal_id}/opinion \
                                           401   403   404   403   404   200   403
POST  /item-proposals/{proposal_id}/approve \
                                           401   403   404   403   404   403   200
POST  /item-proposals/{proposal_id}/reject 401   403   404   403   404   403   200
POST  /item-proposals/{proposal_id}/withdraw \
                                           401   403   404   200   404   403   403
POST  /auth/device-token                   200   200   200   200   200   200   200
GET   /devices                             401   403   403   403   403   200   200
POST  /devices                             401   403   403   403   403   201   403
GET   /devices/me                          401   403   403   403   403   403   403
GET   /devices/{device_id}                 401   403   403   403   403   200   200
PATCH /devices/{device_id}                 401   403   403   403   403   200   403
POST  /devices/{device_id}/rotate          401   403   403   403   403   200   403
POST  /devices/{device_id}/revoke          401   403   403   403   403   200   403
GET   /public/guides                       200   200   200   200   200   200   200
GET   /public/guides/departments           200   200   200   200   200   200   200
GET   /public/guides/{item_id}             200   200   200   200   200   200   200
POST  /public/cases/lookup                 200   200   200   200   200   200   200
"""
HALL_CALLERS = (
    "public", "clerk", "clerk_elsewhere", "chief", "chief_elsewhere", "office", "director",
)  # fmt: skip


async def nothing(world: World) -> Ask:
    return Ask()


async def a_login(world: World) -> Ask:
    return Ask(form=LOGIN)


async def a_refresh(world: World) -> Ask:
    return Ask(json={"refresh_token": (await world.tokens())["refresh_token"]})


async def a_new_password(world: World) -> Ask:
    return Ask(json={"current_password": PASSWORD, "new_password": PASSWORD + "!"})


async def the_clerks_session(world: World) -> Ask:
    return Ask(of={"session_id": world.hall.clerk.session_id})


async def department_a(world: World) -> Ask:
    return Ask(of={"department_id": world.hall.department_a}, json={"name": "新名"}, version=1)


async def a_new_department(world: World) -> Ask:
    return Ask(json={"code": "lc", "name": "县林业和草原局", "kind": "department"})


async def an_empty_department(world: World) -> Ask:
    return Ask(of={"department_id": await make_department(world.session)}, json={}, version=1)


async def a_closed_department(world: World) -> Ask:
    closed = await make_department(world.session, closed_on=date(2020, 1, 1))
    return Ask(of={"department_id": closed}, version=1)


async def a_department_without_chief(world: World) -> Ask:
    department = await make_department(world.session)
    candidate = await make_staff_member(world.session, department)
    return Ask(of={"department_id": department}, json={"staff_id": str(candidate)}, version=1)


async def a_chief_who_ends(world: World) -> Ask:
    return Ask(of={"department_id": world.hall.department_a}, json={}, version=1)


async def window_01(world: World) -> Ask:
    return Ask(of={"window_id": world.hall.window_01})


async def a_new_window(world: World) -> Ask:
    return Ask(
        json={
            "number": "09",
            "name": "农业窗口",
            "department_id": str(world.hall.department_a),
            "kind": "independent",
        }
    )


async def an_open_window(world: World) -> Ask:
    window = await make_window(world.session, world.hall.department_a)
    return Ask(of={"window_id": window}, json={}, version=1)


async def a_window_to_rename(world: World) -> Ask:
    window = await make_window(world.session, world.hall.department_a)
    return Ask(of={"window_id": window}, json={"name": "新名"}, version=1)


async def a_closed_window(world: World) -> Ask:
    window = await make_window(world.session, world.hall.department_a, closed_on=date(2020, 1, 1))
    return Ask(of={"window_id": window}, version=1)


async def the_colleague(world: World) -> Ask:
    return Ask(of={"staff_id": world.hall.colleague.staff_id}, json={"name": "王虹"}, version=1)


async def a_new_staff_member(world: World) -> Ask:
    return Ask(
        json={
            "staff_number": "S900",
            "name": "王虹",
            "department_id": str(world.hall.department_a),
            "post": "窗口工作人员",
        }
    )


async def a_colleague_who_leaves(world: World) -> Ask:
    return Ask(of={"staff_id": world.hall.colleague.staff_id}, json={}, version=1)


async def someone_who_left(world: World) -> Ask:
    gone = await make_staff_member(world.session, world.hall.department_a, left_on=date(2020, 1, 1))
    return Ask(of={"staff_id": gone}, version=1)


async def a_service_that_begins(world: World) -> Ask:
    newcomer = await make_staff_member(world.session, world.hall.department_a)
    body = {"window_id": str(world.hall.window_01)}
    return Ask(of={"staff_id": newcomer}, json=body, version=1)


async def a_service_that_ends(world: World) -> Ask:
    staff_id = world.hall.colleague.staff_id
    of = {"staff_id": staff_id, "service_id": await world.service_of(staff_id)}
    return Ask(of=of, json={}, version=1)


async def a_service_to_come(world: World) -> Ask:
    newcomer = await make_staff_member(world.session, world.hall.department_a)
    service = await make_service(
        world.session, newcomer, world.hall.window_01, starts_on=date(2026, 12, 1)
    )
    return Ask(of={"staff_id": newcomer, "service_id": service}, json={}, version=1)


async def the_sheet(world: World) -> Ask:
    return Ask(query={"department_id": str(world.hall.department_a)})


async def a_new_duty(world: World) -> Ask:
    return Ask(
        json={
            "level": "post",
            "department_id": str(world.hall.department_a),
            "title": "登记注册岗",
            "content": "受理并审查企业登记申请。",
        }
    )


async def a_duty(world: World) -> Ask:
    made = await world.made("chief", "POST /duties", await a_new_duty(world))
    return Ask(of={"duty_id": made["id"]}, json={"content": "负责档案移交。"}, version=1)


async def a_duty_that_ends(world: World) -> Ask:
    return replace(await a_duty(world), json={})


async def a_new_deputy(world: World) -> Ask:
    """The clerk, for the colleague at the same window."""
    return Ask(
        json={
            "kind": "temporary",
            "staff_id": str(world.hall.colleague.staff_id),
            "deputy_id": str(world.hall.clerk.staff_id),
            "starts_on": "2026-03-10",
            "ends_on": "2026-03-13",
            "reason": "外出培训",
        }
    )


async def a_deputy(world: World) -> Ask:
    made = await world.made("chief", "POST /deputies", await a_new_deputy(world))
    return Ask(of={"deputy_id": made["id"]})


async def a_deputy_who_ends(world: World) -> Ask:
    return replace(await a_deputy(world), json={}, version=1)


async def a_handover(world: World) -> Ask:
    return replace(await a_deputy(world), json={"handover": "两件在办"}, version=1)


async def the_colleagues_account(world: World) -> Ask:
    return Ask(of={"account_id": world.hall.colleague.account_id}, version=1)


async def a_new_account(world: World) -> Ask:
    return Ask(json={"username": "newcomer", "role": "office"})


async def a_new_role(world: World) -> Ask:
    return Ask(
        of={"account_id": world.hall.colleague.account_id}, json={"role": "office"}, version=1
    )


async def a_disabled_account(world: World) -> Ask:
    account = await make_account(world.session, Role.OFFICE)
    await world.session.execute(
        sa.update(Account)
        .where(Account.id == account)
        .values(disabled_at=sa.text("'2026-01-05T11:00:00+08:00'"))
    )
    return Ask(of={"account_id": account}, version=1)


async def the_year(world: World) -> Ask:
    return Ask(of={"year": 2026})


async def some_days(world: World) -> Ask:
    return Ask(query={"from": "2026-03-10", "to": "2026-03-12"})


async def five_days(world: World) -> Ask:
    return Ask(query={"working_days": 5})


async def a_year_to_publish(world: World) -> Ask:
    body = {"source": "国务院办公厅通知", "days": [], "dry_run": False}
    return Ask(of={"year": 2027}, json=body, version=1)


async def a_day_to_set(world: World) -> Ask:
    days = [{"day": "2026-05-27", "kind": "regional_holiday", "note": "古尔邦节"}]
    return Ask(json={"source": "自治区通知", "days": days, "dry_run": False}, version=1)


async def an_item(world: World) -> Ask:
    return Ask(of={"item_id": world.items.food.item_id, "version_no": 1})


async def a_wish(world: World) -> Ask:
    return Ask(
        json={
            "kind": "new",
            "department_id": str(world.hall.department_a),
            "content": content_body(world.hall.window_01, name="小餐饮登记"),
            "reason": "县政府新公布的事项",
        }
    )


async def a_proposal(world: World) -> Ask:
    proposal = await world.made("chief", "POST /item-proposals", await a_wish(world))
    return Ask(of={"proposal_id": proposal["id"]}, looks_for=proposal["id"])


async def a_proposal_without_opinion(world: World) -> Ask:
    body = {"opinion": "supports", "text": "建议批准"}
    return replace(await a_proposal(world), json=body, version=1)


async def a_proposal_with_opinion(world: World) -> Ask:
    ask = await a_proposal_without_opinion(world)
    opined = await world.made("office", "POST /item-proposals/{proposal_id}/opinion", ask)
    return replace(ask, json={"note": "知悉"}, version=opined["version"])


async def a_new_device(world: World) -> Ask:
    return Ask(json={"name": "大厅显示屏", "kind": "screen"})


async def a_device(world: World) -> Ask:
    made = await world.made("office", "POST /devices", await a_new_device(world))
    secret = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    return Ask(of={"device_id": made["client_id"]}, form=secret)


async def a_device_token(world: World) -> Ask:
    ask = await a_device(world)
    return Ask(form={"grant_type": "client_credentials", **(ask.form or {})})


async def a_device_to_move(world: World) -> Ask:
    return Ask(of=(await a_device(world)).of, json={"place": "大厅西侧"}, version=1)


async def a_secret_to_change(world: World) -> Ask:
    return Ask(of=(await a_device(world)).of, json={}, version=1)


async def a_device_to_revoke(world: World) -> Ask:
    return Ask(of=(await a_device(world)).of, json={"reason": "设备报废"}, version=1)


async def a_lookup(world: World) -> Ask:
    case = await world.case()
    code = await world.session.scalar(
        sa.select(Case.lookup_code).where(Case.case_number == case["case_number"])
    )
    return Ask(json={"case_number": case["case_number"], "code": code})


SCENES: dict[str, Scene] = {
    "POST /auth/device-token": a_device_token,
    "GET /devices": nothing,
    "POST /devices": a_new_device,
    "GET /devices/me": nothing,
    "GET /devices/{device_id}": a_device,
    "PATCH /devices/{device_id}": a_device_to_move,
    "POST /devices/{device_id}/rotate": a_secret_to_change,
    "POST /devices/{device_id}/revoke": a_device_to_revoke,
    "GET /public/guides": nothing,
    "GET /public/guides/departments": nothing,
    "GET /public/guides/{item_id}": an_item,
    "POST /public/cases/lookup": a_lookup,
    "POST /auth/token": a_login,
    "POST /auth/refresh": a_refresh,
    "POST /auth/logout": nothing,
    "GET /auth/me": nothing,
    "POST /auth/password": a_new_password,
    "GET /auth/sessions": nothing,
    "POST /auth/sessions/{session_id}/end": the_clerks_session,
    "GET /departments": nothing,
    "POST /departments": a_new_department,
    "GET /departments/{department_id}": department_a,
    "PATCH /departments/{department_id}": department_a,
    "POST /departments/{department_id}/close": an_empty_department,
    "POST /departments/{department_id}/reopen": a_closed_department,
    "POST /departments/{department_id}/chief-representative": a_department_without_chief,
    "POST /departments/{department_id}/chief-representative/end": a_chief_who_ends,
    "GET /departments/{department_id}/chief-representatives": department_a,
    "GET /windows": nothing,
    "POST /windows": a_new_window,
    "GET /windows/{window_id}": window_01,
    "PATCH /windows/{window_id}": a_window_to_rename,
    "POST /windows/{window_id}/close": an_open_window,
    "POST /windows/{window_id}/reopen": a_closed_window,
    "GET /windows/{window_id}/services": window_01,
    "GET /staff": nothing,
    "POST /staff": a_new_staff_member,
    "GET /staff/{staff_id}": the_colleague,
    "PATCH /staff/{staff_id}": the_colleague,
    "POST /staff/{staff_id}/depart": a_colleague_who_leaves,
    "POST /staff/{staff_id}/rejoin": someone_who_left,
    "GET /staff/{staff_id}/services": the_colleague,
    "POST /staff/{staff_id}/services": a_service_that_begins,
    "POST /staff/{staff_id}/services/{service_id}/end": a_service_that_ends,
    "POST /staff/{staff_id}/services/{service_id}/cancel": a_service_to_come,
    "GET /duties": nothing,
    "GET /duties/sheet": the_sheet,
    "POST /duties": a_new_duty,
    "GET /duties/{duty_id}": a_duty,
    "PATCH /duties/{duty_id}": a_duty,
    "POST /duties/{duty_id}/end": a_duty_that_ends,
    "GET /deputies": nothing,
    "POST /deputies": a_new_deputy,
    "GET /deputies/{deputy_id}": a_deputy,
    "POST /deputies/{deputy_id}/end": a_deputy_who_ends,
    "POST /deputies/{deputy_id}/confirm": a_handover,
    "GET /accounts": nothing,
    "POST /accounts": a_new_account,
    "GET /accounts/{account_id}": the_colleagues_account,
    "POST /accounts/{account_id}/change-role": a_new_role,
    "POST /accounts/{account_id}/disable": the_colleagues_account,
    "POST /accounts/{account_id}/enable": a_disabled_account,
    "POST /accounts/{account_id}/reset-password": the_colleagues_account,
    "GET /calendar/status": nothing,
    "GET /calendar/years": nothing,
    "GET /calendar/years/{year}": the_year,
    "GET /calendar/days": some_days,
    "GET /calendar/deadline-preview": five_days,
    "POST /calendar/years/{year}/publish": a_year_to_publish,
    "POST /calendar/overrides": a_day_to_set,
    "GET /service-items": nothing,
    "GET /service-items/{item_id}": an_item,
    "GET /service-items/{item_id}/versions": an_item,
    "GET /service-items/{item_id}/versions/{version_no}": an_item,
    "GET /service-items/{item_id}/completeness": an_item,
    "GET /item-proposals": a_proposal,
    "POST /item-proposals": a_wish,
    "GET /item-proposals/{proposal_id}": a_proposal,
    "POST /item-proposals/{proposal_id}/opinion": a_proposal_without_opinion,
    "POST /item-proposals/{proposal_id}/approve": a_proposal_with_opinion,
    "POST /item-proposals/{proposal_id}/reject": a_proposal_with_opinion,
    "POST /item-proposals/{proposal_id}/withdraw": a_proposal_with_opinion,
}

HALL = Table(read_table(TABLE, HALL_CALLERS), SCENES)
