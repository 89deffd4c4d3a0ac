"""Reading a file of service items, and what its rows come to."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.catalog_factories import FOOD_LICENCE

from yimen.core.files import LONGEST_CELL, FileFault, refuse_other_files
from yimen.domains.catalog.enums import CaseKind, Category, Mark, OriginalHandling, TaskType
from yimen.domains.catalog.service import Material, check_content
from yimen.domains.imports.enums import (
    ASSUMED,
    COLUMN_OF_FIELD,
    ITEM_COLUMN_LABELS,
    ItemColumn,
)
from yimen.domains.imports.rules import ItemRow, read_item_row
from yimen.domains.imports.rules_files import MOST_ROWS, read_text
from yimen.domains.imports.rules_kinds import ITEMS, plan
from yimen.domains.imports.rules_tables import BoundTable, FileRow, bind
from yimen.domains.imports.service_rows import merge

HEADER = "department,group,name,item_code,task_type\n"
WINDOW_A, WINDOW_B = UUID(int=1), UUID(int=2)


def one(**cells: str) -> ItemRow:
    """A row of a department and a name, with some more cells."""
    named = {"department": "县市监局", "name": "小餐饮登记"} | cells
    return read_item_row(FileRow(2, {name: cell.strip() for name, cell in named.items()}))


def read_file(file: bytes) -> BoundTable:
    refuse_other_files(file)
    return bind(read_text(file), ITEMS.columns)


def read_rows(text: str) -> list[FileRow]:
    return list(read_file(text.encode()).rows)


def faults(row: ItemRow) -> list[tuple[str | None, str]]:
    return [(fault.column, fault.code) for fault in row.faults]


def merged(row: ItemRow, existing: Any = None, **options: Any) -> Any:
    settings: dict[str, Any] = {
        "window_ids": None,
        "department_window_ids": (WINDOW_A,),
        "permit_days": 20,
    }
    return merge(row, existing, **(settings | options))


# The file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_encodings_and_line_ends_of_the_offices_are_read(encoding: str, newline: str) -> None:
    text = HEADER + "县市监局,未分类,食品经营（新办）㐂许可,,1\n"
    file = text.replace("\n", newline).encode(encoding)
    [row] = read_file(file).rows
    assert row.cells[ItemColumn.NAME] == "食品经营（新办）㐂许可"
    assert row.line == 2


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\xd0\xcf\x11\xe0abc", "old_excel"),
        ("部门".encode("utf-16"), "unknown_encoding"),
        (b"department,name\na\x00,b\n", "nul_bytes"),
        (b"department,name\n\xff\xff\xff,b\n", "unknown_encoding"),
        (HEADER.encode(), "no_rows"),
        (b"department,name\n,\n , \n", "no_rows"),
        (b"department\na\n", "missing_columns"),
        (b"a,b\n1,2\n", "missing_columns"),
        (b"department,name,name\n1,2,3\n", "columns_twice"),
        (b'department,name\n"a,b\n', "broken_csv"),
        (b'department,name\n"a"b,c\n', "broken_csv"),
        (b"department,name\na," + b"x" * (LONGEST_CELL + 1) + b"\n", "broken_csv"),
        (b"department,name\n" + b"a,b\n" * (MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_an_unreadable_file_is_refused_in_words(file: bytes, code: str) -> None:
    with pytest.raises(FileFault) as caught:
        read_file(file)
    assert caught.value.code == code
    assert caught.value.detail.endswith("。")


def test_as_many_rows_as_allowed_are_read() -> None:
    assert len(read_rows("department,name\n" + "a,b\n" * MOST_ROWS)) == MOST_ROWS


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(file: bytes) -> None:
    try:
        rows = read_file(file).rows
    except FileFault as fault:
        assert fault.detail
    else:
        assert rows


@given(st.lists(st.text(max_size=20), min_size=20, max_size=20))
def test_no_cell_breaks_the_reader(cells: list[str]) -> None:
    row = read_item_row(FileRow(2, dict(zip(ItemColumn, cells, strict=True))))
    if not row.faults:
        assert check_content(merged(row)) is not None


def test_a_header_may_be_chinese_in_any_order() -> None:
    [row] = read_rows(" 事项名称 ,部门,TASK_TYPE\n小餐饮登记,县市监局,1\n")
    assert row.cells == {
        ItemColumn.NAME: "小餐饮登记",
        ItemColumn.DEPARTMENT: "县市监局",
        ItemColumn.TASK_TYPE: "1",
    }


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = 'department,name,legal_basis\n\n县甲局,一,"第一条\n第二条"\n县乙局,二,\n\n县丙局,三,\n'
    assert [row.line for row in read_rows(text)] == [3, 5, 7]


def test_quotes_commas_and_brackets_belong_to_the_name() -> None:
    text = HEADER + '县局,,"据令第349号,“下放”（８市) ""甲\\乙""",,1\n'
    [row] = read_rows(text)
    assert row.cells[ItemColumn.NAME] == '据令第349号,“下放”（８市) "甲\\乙"'


def test_a_row_of_more_cells_than_the_header_is_a_fault_of_its_own() -> None:
    rows = read_rows(HEADER + "县局,组,名,码,1,多\n县局,,名,,1\n")
    assert [[fault.code for fault in row.faults] for row in rows] == [["wrong_cell_count"], []]


def test_a_row_of_fewer_cells_says_nothing_of_the_others() -> None:
    """As spreadsheets write rows whose last cells are empty."""
    [row] = read_rows(HEADER + "县局,组,名\n")
    assert not row.faults
    assert (read_item_row(row).group_name, read_item_row(row).task_type) == ("组", None)


@pytest.mark.parametrize("cells", ["县局,", ",名", "县局, "])
def test_a_row_without_department_or_name_is_a_fault(cells: str) -> None:
    [row] = read_rows(f"department,name,group\n{cells},组\n")
    assert [fault.code for fault in row.faults] == ["missing"]


def test_what_no_column_takes_is_passed_over_and_told() -> None:
    read = read_file("department;name;colour\n县局;名;红\n".encode())
    assert (read.passed_over, read.columns) == (("colour",), ("department", "name"))


def test_our_own_code_stands_once_in_a_file_however_far_apart() -> None:
    lines = "".join(f"县{place}局,事项,\n" for place in range(300))
    read = read_file(
        f"部门,事项名称,事项代码\n甲局,一,a-1\n{lines}乙局,二,a-1\n丙局,三,无\n丁局,四,无\n".encode()
    )
    refused = [planned.row for planned in plan(read, ITEMS) if planned.row.faults]
    assert [(row.line, row.faults[0].code) for row in refused] == [(303, "duplicate_row")]
    assert "第 2 行" in refused[0].faults[0].detail


def test_every_column_has_a_label_and_every_mark_an_assumption() -> None:
    assert set(ITEM_COLUMN_LABELS) == set(ItemColumn)
    assert len(set(ITEM_COLUMN_LABELS.values())) == len(ItemColumn)
    assert set(ASSUMED) == set(Mark)
    explained = {column.name: column.explanation for column in ITEMS.columns}
    assert all(assumed in explained[mark] for mark, assumed in ASSUMED.items())
    assert set(COLUMN_OF_FIELD.values()) == set(ItemColumn) - {
        ItemColumn.CODE,
        ItemColumn.DEPARTMENT,
    }


# The cells


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("code", "事项一", "bad_code"),
        ("code", "-1", "bad_code"),
        ("task_type", "2", "unknown_word"),
        ("category", "许可", "unknown_word"),
        ("kind", "慢办件", "unknown_word"),
        ("statutory_days", "二十", "not_days"),
        ("statutory_days", "20.5", "not_days"),
        ("committed_days", "-1", "not_days"),
        ("committed_days", "99999", "not_days"),
        ("charges", "工本费；10", "bad_charges"),
        ("charges", "工本费；十元；元/本；目录", "bad_charges"),
        ("charges", "工本费；1.005；元/本；目录", "bad_charges"),
        ("materials", "；主件", "bad_materials"),
        ("materials", "申请书；两份", "bad_materials"),
    ],
)
def test_a_cell_that_means_nothing_is_a_fault(column: str, cell: str, code: str) -> None:
    assert (column, code) in faults(one(**{column: cell}))


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("task_type", "1", TaskType.PERMIT),
        ("task_type", "公共服务", TaskType.PUBLIC_SERVICE),
        ("category", "行政确认", Category.CONFIRMATION),
        ("category", "permit", Category.PERMIT),
        ("kind", "即办件", CaseKind.IMMEDIATE),
        ("kind", "joint", CaseKind.JOINT),
        ("statutory_days", "20个工作日", 20),
        ("committed_days", " 5 ", 5),
        ("steps", "受理|审核\n发证", ("受理", "审核", "发证")),
        ("steps", "无", ()),
        ("charges", "无", ()),
        ("materials", "-", ()),
        ("legal_basis", "/", None),
        ("legal_basis", "", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(column: str, cell: str, value: object) -> None:
    row = one(**{column: cell})
    assert not row.faults
    assert getattr(row, column) == value


@pytest.mark.parametrize("cell", ["01|02", "01、02", "01,02", "01，02", "01\n02"])
def test_windows_are_listed_by_number(cell: str) -> None:
    assert one(windows=cell).window_numbers == ("01", "02")


def test_a_material_says_what_is_special_about_it() -> None:
    row = one(materials="申请书；2份；3页；主件；收取原件|身份证；核验原件|照片；选交")
    assert row.materials is not None
    form, identity, photo = row.materials
    assert (form.copies, form.pages, form.is_principal) == (2, 3, True)
    assert form.original is OriginalHandling.KEPT
    assert (identity.is_required, identity.original) == (True, OriginalHandling.SHOWN)
    assert (photo.is_required, photo.original, photo.copies) == (False, OriginalHandling.COPY, 1)


def test_a_charge_has_four_parts() -> None:
    row = one(charges="工本费;10;元/本;收费目录")
    assert row.charges is not None
    assert row.charges[0].amount == Decimal(10)


def test_an_item_without_a_group_is_not_in_the_group_of_the_ungrouped() -> None:
    assert one(group="未分类").group_name is None
    assert one(group="食品经营许可").group_name == "食品经营许可"


# What a row comes to


def test_what_nobody_said_is_assumed_and_marked() -> None:
    made = merged(one(task_type="1"))
    assert set(made.to_complete) == set(Mark) - {Mark.TASK_TYPE}
    assert (made.kind, made.statutory_days, made.committed_days) == (CaseKind.COMMITTED, 20, 20)
    assert (made.charges, made.materials, made.window_ids) == ((), (), (WINDOW_A,))
    assert check_content(made) == []


@pytest.mark.parametrize(
    ("cells", "statutory", "committed", "marks"),
    [
        ({"task_type": "1"}, 20, 20, {"statutory_days", "committed_days", "kind"}),
        ({"task_type": "20"}, None, 20, {"statutory_days", "committed_days", "kind"}),
        ({"task_type": "1", "committed_days": "5"}, 20, 5, {"statutory_days", "kind"}),
        ({"task_type": "1", "committed_days": "45"}, None, 45, {"statutory_days", "kind"}),
        ({"task_type": "1", "statutory_days": "45"}, 45, 45, {"committed_days", "kind"}),
        ({"task_type": "1", "statutory_days": "无"}, None, 20, {"committed_days", "kind"}),
        ({"task_type": "1", "committed_days": "0"}, 20, 0, {"statutory_days"}),
        ({"task_type": "1", "kind": "即办件"}, 20, 0, {"statutory_days"}),
    ],
)
def test_limits_are_assumed_within_the_law(
    cells: dict[str, str], statutory: int | None, committed: int, marks: set[str]
) -> None:
    """行政许可法 42."""
    made = merged(one(**cells))
    assert (made.statutory_days, made.committed_days) == (statutory, committed)
    assert set(made.to_complete) & {"kind", "statutory_days", "committed_days"} == marks
    assert check_content(made) == []


@pytest.mark.parametrize("task_type", [str(int(kind)) for kind in TaskType])
def test_every_task_type_gives_a_sound_item(task_type: str) -> None:
    assert check_content(merged(one(task_type=task_type))) == []


def test_a_stated_value_loses_its_mark_and_an_unstated_one_stays() -> None:
    existing = replace(FOOD_LICENCE, name="小餐饮登记", to_complete=(Mark.CHARGES, Mark.MATERIALS))
    made = merged(one(charges="无", complaint_phone="12345"), existing)
    assert made.to_complete == (Mark.MATERIALS,)
    assert (made.charges, made.materials) == ((), ())
    assert (made.complaint_phone, made.legal_basis) == ("12345", FOOD_LICENCE.legal_basis)
    assert (made.kind, made.committed_days, made.statutory_days) == (CaseKind.COMMITTED, 5, 20)


def test_a_row_that_says_nothing_new_changes_nothing() -> None:
    first = merged(one(task_type="1", group="餐饮"))
    assert merged(one(task_type="1", group="餐饮"), first) == first
    settled = replace(FOOD_LICENCE, window_ids=(WINDOW_B,))
    assert merged(one(name=settled.name, task_type="1"), settled) == settled


def test_an_open_assumption_is_made_anew() -> None:
    first = merged(one(task_type="20"), department_window_ids=())
    assert first.window_ids == ()
    again = merged(one(task_type="20"), first, department_window_ids=(WINDOW_B,))
    assert again.window_ids == (WINDOW_B,)
    assert Mark.WINDOWS in again.to_complete
    stated = merged(one(), again, window_ids=(WINDOW_A,))
    assert stated.window_ids == (WINDOW_A,)
    assert Mark.WINDOWS not in stated.to_complete


def test_another_task_type_brings_its_own_category() -> None:
    first = merged(one(task_type="10", category="行政许可"))
    assert first.category is Category.PERMIT
    assert merged(one(task_type="10"), first).category is Category.PERMIT
    assert merged(one(task_type="20"), first).category is Category.PUBLIC_SERVICE


def test_an_immediate_item_that_becomes_a_committed_one_needs_a_promise() -> None:
    immediate = merged(one(task_type="20", kind="即办件"))
    made = merged(one(kind="承诺件"), immediate)
    assert (made.committed_days, Mark.COMMITTED_DAYS in made.to_complete) == (20, True)


def test_materials_keep_their_keys() -> None:
    first = merged(one(materials="甲|乙|丙"))
    assert [material.key for material in first.materials] == ["m1", "m2", "m3"]
    made = merged(one(materials="丙|丁|甲"), first)
    assert [(material.key, material.name) for material in made.materials] == [
        ("m3", "丙"),
        ("m4", "丁"),
        ("m1", "甲"),
    ]
    twice = merged(one(materials="甲|甲"))
    assert [fault.code for fault in check_content(twice)] == ["listed_twice"]


def test_a_promise_longer_than_the_law_is_a_fault_of_the_row() -> None:
    made = merged(one(task_type="1", statutory_days="5", committed_days="6"))
    assert [fault.code for fault in check_content(made)] == ["commitment_exceeds_statutory"]


def test_listed_materials_are_the_catalogue_s() -> None:
    made = merged(one(materials="申请书；主件"))
    assert made.materials == (
        Material(
            key="m1",
            name="申请书",
            copies=1,
            pages=None,
            is_principal=True,
            is_required=True,
            original=OriginalHandling.COPY,
        ),
    )
