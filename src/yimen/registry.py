"""Every domain named once: its tables for Alembic, its router for the app, its jobs."""

from yimen.core import audit, audit_chain, idempotency, numbering, outbox, rate_limits
from yimen.core.periodic import PeriodicJob
from yimen.core.routing import Router
from yimen.domains.accounts import jobs as accounts_jobs
from yimen.domains.accounts import models as accounts
from yimen.domains.accounts import router as accounts_router
from yimen.domains.accounts import service as accounts_service
from yimen.domains.appointments import jobs as appointments_jobs
from yimen.domains.appointments import models as appointments
from yimen.domains.appointments import router as appointments_router
from yimen.domains.appointments import router_public as appointments_router_public
from yimen.domains.attendance import jobs as attendance_jobs
from yimen.domains.attendance import models as attendance
from yimen.domains.attendance import router as attendance_router
from yimen.domains.attendance import router_punches as attendance_router_punches
from yimen.domains.awards import jobs as awards_jobs
from yimen.domains.awards import models as awards
from yimen.domains.awards import router as awards_router
from yimen.domains.awards import router_public as awards_router_public
from yimen.domains.calendars import models as calendars
from yimen.domains.calendars import router as calendars_router
from yimen.domains.cases import dependencies as cases_dependencies
from yimen.domains.cases import jobs as cases_jobs
from yimen.domains.cases import models as cases
from yimen.domains.cases import router as cases_router
from yimen.domains.cases import router_calendar as cases_router_calendar
from yimen.domains.cases import router_clock as cases_router_clock
from yimen.domains.cases import router_custody as cases_router_custody
from yimen.domains.cases import router_past as cases_router_past
from yimen.domains.cases import router_public as cases_router_public
from yimen.domains.catalog import models as catalog
from yimen.domains.catalog import router as catalog_router
from yimen.domains.catalog import router_public as catalog_router_public
from yimen.domains.complaints import dependencies as complaints_dependencies
from yimen.domains.complaints import models as complaints
from yimen.domains.complaints import router as complaints_router
from yimen.domains.complaints import router_public as complaints_router_public
from yimen.domains.conferences import dependencies as conferences_dependencies
from yimen.domains.conferences import jobs as conferences_jobs
from yimen.domains.conferences import models as conferences
from yimen.domains.conferences import router as conferences_router
from yimen.domains.devices import jobs as devices_jobs
from yimen.domains.devices import models as devices
from yimen.domains.devices import router as devices_router
from yimen.domains.devices import service as devices_service
from yimen.domains.discipline import dependencies as discipline_dependencies
from yimen.domains.discipline import jobs as discipline_jobs
from yimen.domains.discipline import models as discipline
from yimen.domains.discipline import router as discipline_router
from yimen.domains.events import router as events_router
from yimen.domains.imports import jobs as imports_jobs
from yimen.domains.imports import models as imports
from yimen.domains.imports import router as imports_router
from yimen.domains.inspections import dependencies as inspections_dependencies
from yimen.domains.inspections import models as inspections
from yimen.domains.inspections import router as inspections_router
from yimen.domains.leave import jobs as leave_jobs
from yimen.domains.leave import models as leave
from yimen.domains.leave import router as leave_router
from yimen.domains.leave import router_outings as leave_router_outings
from yimen.domains.news import models as news
from yimen.domains.news import router as news_router
from yimen.domains.organisation import models as organisation
from yimen.domains.organisation import router as organisation_router
from yimen.domains.organisation import router_posts as organisation_router_posts
from yimen.domains.papers import models as papers
from yimen.domains.papers import router as papers_router
from yimen.domains.queue import jobs as queue_jobs
from yimen.domains.queue import models as queue
from yimen.domains.queue import router as queue_router
from yimen.domains.queue import router_check_in as queue_router_check_in
from yimen.domains.queue import router_public as queue_router_public
from yimen.domains.ratings import dependencies as ratings_dependencies
from yimen.domains.ratings import models as ratings
from yimen.domains.ratings import router as ratings_router
from yimen.domains.ratings import router_public as ratings_router_public
from yimen.domains.rejections import dependencies as rejections_dependencies
from yimen.domains.rejections import models as rejections
from yimen.domains.rejections import router as rejections_router
from yimen.domains.rulebook import jobs as rulebook_jobs
from yimen.domains.rulebook import models as rulebook
from yimen.domains.rulebook import router as rulebook_router
from yimen.domains.rulebook import router_drafts as rulebook_router_drafts
from yimen.domains.scoring import jobs as scoring_jobs
from yimen.domains.scoring import models as scoring
from yimen.domains.scoring import router as scoring_router
from yimen.domains.scoring import router_drafts as scoring_router_drafts
from yimen.domains.scoring import router_months as scoring_router_months
from yimen.domains.scoring import router_public as scoring_router_public
from yimen.domains.webhooks import jobs as webhooks_jobs
from yimen.domains.webhooks import models as webhooks
from yimen.domains.webhooks import router as webhooks_router

TABLES = [
    audit,
    audit_chain,
    idempotency,
    numbering,
    outbox,
    rate_limits,
    organisation,
    accounts,
    devices,
    calendars,
    rulebook,
    papers,
    catalog,
    cases,
    rejections,
    conferences,
    ratings,
    leave,
    attendance,
    appointments,
    queue,
    complaints,
    inspections,
    scoring,
    news,
    discipline,
    awards,
    imports,
    webhooks,
]
"""Modules that declare tables: importing them fills the metadata."""

find_caller = accounts_service.find_caller
"""Who a session belongs to: asked on every request."""

find_device = devices_service.find_device
"""Which machine a secret belongs to: asked on every request of a machine."""

ROUTERS: list[Router] = [
    organisation_router.departments,
    organisation_router.windows,
    organisation_router.staff,
    organisation_router_posts.duties,
    organisation_router_posts.deputies,
    accounts_router.auth,
    accounts_router.router,
    devices_router.auth,
    devices_router.router,
    rulebook_router.router,
    rulebook_router_drafts.drafts,
    cases_router_calendar.editions,
    scoring_router_drafts.trials,
    calendars_router.router,
    catalog_router.items,
    catalog_router.proposals,
    catalog_router_public.public,
    papers_router.router,
    papers_router.public,
    cases_router.router,
    cases_router_calendar.router,
    cases_router_clock.router,
    cases_router_clock.opinions,
    cases_router_custody.router,
    cases_router_past.router,
    rejections_router.router,
    conferences_router.router,
    ratings_router.router,
    ratings_router_public.public,
    cases_router_public.public,
    leave_router.leave_requests,
    leave_router.substitutions,
    leave_router_outings.outings,
    leave_router_outings.overtime,
    attendance_router_punches.clocks,
    attendance_router_punches.users,
    attendance_router_punches.punches,
    attendance_router.corrections,
    attendance_router.router,
    scoring_router.router,
    scoring_router.records,
    scoring_router.briefs,
    scoring_router_months.months,
    scoring_router_months.amendments,
    scoring_router_public.public,
    news_router.merits,
    news_router.money,
    queue_router_check_in.check_ins,  # before /appointments/{id}, which its path would be taken for
    appointments_router.router,
    appointments_router.capacities,
    appointments_router_public.slots,
    appointments_router_public.public,
    queue_router.groups,
    queue_router.tickets,
    queue_router_public.public,
    complaints_router.router,
    complaints_router_public.public,
    inspections_router.rounds,
    inspections_router.findings,
    inspections_router.subjects,
    discipline_router.proposals,
    discipline_router.measures,
    discipline_router.appeals,
    awards_router.ratings,
    awards_router.lines,
    awards_router.stars,
    awards_router_public.public,
    imports_router.router,
    imports_router.templates,
    events_router.router,
    webhooks_router.router,
]

CALENDAR_FOLLOWERS: list[cases_dependencies.OpenFollower] = [
    conferences_dependencies.follow_calendar,
    rejections_dependencies.follow_calendar,
    ratings_dependencies.follow_calendar,
    complaints_dependencies.follow_calendar,
    inspections_dependencies.follow_calendar,
    discipline_dependencies.follow_calendar,
]
"""Deadlines above the cases that move with the calendar, in the order in which rows are locked."""

PAPER_READERS = {
    "conference": conferences_dependencies.reads_papers,
    "measure": discipline_dependencies.reads_papers,
}
"""Who reads the papers that belong to no window, by what they are about."""

JOBS: list[PeriodicJob] = [
    *audit_chain.JOBS,
    *rulebook_jobs.JOBS,
    *accounts_jobs.JOBS,
    *devices_jobs.JOBS,
    *cases_jobs.JOBS,
    *conferences_jobs.JOBS,
    *leave_jobs.JOBS,
    *attendance_jobs.JOBS,
    *appointments_jobs.JOBS,
    *queue_jobs.JOBS,
    *scoring_jobs.JOBS,
    *discipline_jobs.JOBS,
    *awards_jobs.JOBS,
    *imports_jobs.JOBS,
    *webhooks_jobs.JOBS,
]

QUEUED_WORK = {**imports_jobs.queued(CALENDAR_FOLLOWERS), **webhooks_jobs.QUEUED}
"""What is done for each queued job, by its name."""

TAGS = {
    "health": "运行状况",
    "errors": "错误目录",
    "auth": "登录",
    "accounts": "账号",
    "devices": "大厅设备",
    "departments": "部门与中介机构",
    "windows": "窗口",
    "staff": "工作人员",
    "duties": "岗位职责",
    "deputies": "AB岗",
    "rulebook": "制度版本",
    "calendar": "工作日历",
    "service-items": "服务事项",
    "item-proposals": "事项变更申请",
    "papers": "文书",
    "cases": "办件",
    "past-cases": "历史办件",
    "rejections": "否定报备",
    "conferences": "联席会议",
    "ratings": "好差评",
    "leave": "请假与替岗",
    "outings": "外出报备",
    "overtime": "加班申请",
    "time-clocks": "考勤机",
    "clock-users": "考勤号",
    "punches": "打卡记录",
    "attendance": "考勤",
    "attendance-corrections": "考勤更正与说明",
    "appointments": "预约",
    "queue-groups": "排队队列",
    "tickets": "电子叫号",
    "check-ins": "预约签到",
    "complaints": "投诉",
    "inspections": "督查",
    "inspection-findings": "督查记录",
    "inspection-subjects": "督查对象",
    "scores": "考评得分",
    "score-records": "考评登记",
    "score-briefs": "考评简报",
    "news": "信息采用与奖罚核算",
    "score-months": "考评月份",
    "score-amendments": "考评更正",
    "measure-proposals": "处理建议",
    "measures": "诫勉教育和效能告诫",
    "appeals": "申辩",
    "year-ratings": "年度考评",
    "star-nominations": "季度之星",
    "events": "事件",
    "webhooks": "推送订阅",
    "imports": "批量导入",
    "public-guides": "公开：服务指南",
    "public-cases": "公开：办件查询",
    "public-appointments": "公开：预约",
    "public-queue": "公开：排队情况",
    "public-papers": "公开：文书核验",
    "public-ratings": "公开：评价",
    "public-complaints": "公开：投诉",
    "public-awards": "公开：评优",
    "public-scoreboard": "公开：窗口考评",
}
"""What each group of endpoints is called in the explorer, in its order."""
