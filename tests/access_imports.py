"""Who may import: the office; the director looks on."""

from tests.access import Ask, Table, World, read_table

from yimen.domains.imports.enums import FileForm, ImportKind, ImportState, RowState
from yimen.domains.imports.models import ImportJob, ImportRow

TABLE = """
                                           all   clerk chief office director
POST  /imports                             401   403   403   201   403
GET   /imports                             401   403   403   200   200
GET   /import-templates/{kind}             401   403   403   200   200
GET   /imports/{import_id}                 401   403   403   200   200
GET   /imports/{import_id}/rows            401   403   403   200   200
GET   /imports/{import_id}/reasons         401   403   403   200   200
GET   /imports/{import_id}/faulty-rows     401   403   403   200   200
POST  /imports/{import_id}/apply           401   403   403   200   403
"""


async def nothing(world: World) -> Ask:
    return Ask()


async def a_file(world: World) -> Ask:
    file = "staff_number,name,department,post\nS901,李强,县自然资源局,科员\n"
    return Ask(files={"file": ("staff.csv", file.encode())}, form={"kind": "staff"}, key="staff")


async def a_template(world: World) -> Ask:
    return Ask(of={"kind": "staff"})


async def an_import(world: World) -> Ask:
    """A file that is tried, with a faulty row."""
    job = ImportJob(
        kind=ImportKind.STAFF,
        state=ImportState.CHECKED,
        file_name="staff.csv",
        file_form=FileForm.CSV,
        file_hash=b"",
        create_departments=False,
        columns=["staff_number"],
        row_count=1,
        uploaded_at=world.clock(),
        uploaded_by=world.hall.office.account_id,
        uploaded_by_name="办公室",
        stepped_at=world.clock(),
    )
    world.session.add(job)
    await world.session.flush()
    row = ImportRow(
        job_id=job.id,
        line=2,
        batch_no=0,
        group_no=0,
        cells={"staff_number": "S902"},
        reasons=[{"column": "name", "code": "missing", "detail": "没有填写姓名。"}],
        state=RowState.REFUSED,
        is_settled=True,
    )
    world.session.add(row)
    await world.session.flush()
    return Ask(of={"import_id": job.id}, json={"skip_faulty": True}, version=1)


IMPORTS = Table(
    read_table(TABLE, ("public", "clerk", "chief", "office", "director")),
    {
        "POST /imports": a_file,
        "GET /imports": nothing,
        "GET /import-templates/{kind}": a_template,
        "GET /imports/{import_id}": an_import,
        "GET /imports/{import_id}/rows": an_import,
        "GET /imports/{import_id}/reasons": an_import,
        "GET /imports/{import_id}/faulty-rows": an_import,
        "POST /imports/{import_id}/apply": an_import,
    },
)
