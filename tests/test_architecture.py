"""The house keeps its own rules: layers, who may import what, who asks the clock, who commits."""

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

import yimen.domains
from yimen import registry
from yimen.core import audit_chain
from yimen.core.periodic import PeriodicJob
from yimen.core.routing import Router

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "yimen"
DOMAINS = SOURCE / "domains"
PYPROJECT = ROOT / "pyproject.toml"

SHARED = ("service", "models", "dependencies", "enums", "rules")
"""What one domain may take from another, split or not: ``service_intake`` counts as ``service``."""

NAMES_WITHOUT_MEANING = frozenset(
    {"base", "common", "handler", "handlers", "helper", "helpers", "manager", "managers", "misc"}
    | {"shared", "tools", "util", "utils"}
)

ASKS_THE_TIME = frozenset({"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp"})
TIME_MODULE = frozenset({"time", "time_ns", "localtime", "gmtime", "ctime"})
SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp)\s*\(\)|\bcurrent_(date|timestamp)\b", re.I
)

SQL_COMMIT = re.compile(r"\s*(begin|commit|rollback|start transaction)\b", re.I)

OPENS_ITS_OWN_TRANSACTION = frozenset(
    {
        "domains/accounts/service_login.py",
        "domains/imports/service_running.py",
        "domains/webhooks/service_delivery.py",
    }
)
"""What must outlive a refusal: the counters of failed log-ins, the end of a stolen session; what
must not be held while another system takes its time: sending; and the batches of a long import."""


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("yimen", include_external_packages=True, cache_dir=None)


def imports() -> list[tuple[str, str]]:
    """Every direct import of our modules, as (importer, imported)."""
    return [
        (importer, imported)
        for importer in sorted(graph().modules)
        if importer.split(".")[0] == "yimen"
        for imported in sorted(graph().find_modules_directly_imported_by(importer))
    ]


def domain_of(module: str) -> str | None:
    """``yimen.domains.cases.service`` → ``cases``."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["yimen", "domains"] and len(parts) > 2 else None


def job_of(module: str) -> str:
    """What a module of a domain is for: ``….service_intake`` → ``service``."""
    return module.rpartition(".")[2].partition("_")[0]


def allowed_files() -> set[str]:
    """The modules a domain may have, read from the contract of its layers."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    [inside] = [c for c in contracts if c.get("containers") == ["yimen.domains.*"]]
    return {name for layer in inside["layers"] for name in re.findall(r"\w+", layer)}


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """Every source file by its path below the package, parsed."""
    return [
        (path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text()))
        for path in sorted(SOURCE.rglob("*.py"))
    ]


def calls(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Every call of an attribute: its line, the name before the last dot, the name after it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            before = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            yield node.lineno, before, node.func.attr


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(config_filename=str(PYPROJECT), no_cache=True) == 0
    assert kept, capsys.readouterr().out


def test_a_domain_takes_only_shared_modules_from_another() -> None:
    crossing = [
        (importer, imported)
        for importer, imported in imports()
        if domain_of(importer) and domain_of(imported) not in (None, domain_of(importer))
    ]
    assert len(crossing) > 30
    assert [pair for pair in crossing if job_of(pair[1]) not in SHARED] == []


def test_a_domain_has_only_the_files_of_the_contract() -> None:
    allowed = allowed_files() | {"__init__"}
    assert "service" in allowed
    strange = [
        path.relative_to(DOMAINS).as_posix()
        for path in DOMAINS.rglob("*.py")
        if path.parent.parent != DOMAINS or path.stem not in allowed
    ]
    assert strange == ["__init__.py"]
    for path in DOMAINS.rglob("__init__.py"):
        assert len(ast.parse(path.read_text()).body) <= 1, f"{path} holds more than a docstring"


def test_http_stays_in_routers_dependencies_and_core() -> None:
    users = {
        importer
        for importer, imported in imports()
        if imported in ("fastapi", "starlette", "fastapi_offline", "uvicorn")
        and not importer.startswith("yimen.core.")
        and importer not in ("yimen.main", "yimen.cli", "yimen.pages.serving")
    }
    assert "yimen.domains.cases.router" in users
    assert {job_of(user) for user in users} == {"router", "dependencies"}


def test_sql_stays_in_repositories_models_and_core() -> None:
    users = {
        importer
        for importer, imported in imports()
        if imported in ("sqlalchemy", "asyncpg") and domain_of(importer)
    }
    assert "yimen.domains.cases.repository" in users
    # a job is given its session and hands it to a repository
    assert {job_of(user) for user in users} == {"repository", "models", "jobs"}


def test_rules_and_enums_reach_neither_database_nor_clock() -> None:
    pure = [name for name in graph().modules if domain_of(name) and job_of(name) == "rules"]
    pure += [name for name in graph().modules if domain_of(name) and job_of(name) == "enums"]
    assert len(pure) > 10
    for module in pure:
        for forbidden in ("sqlalchemy", "asyncpg", "yimen.core.clock", "yimen.core.database"):
            assert graph().find_shortest_chain(importer=module, imported=forbidden) is None


def test_no_router_imports_a_repository() -> None:
    routers = {a for a, _ in imports() if domain_of(a) and job_of(a) == "router"}
    assert len(routers) >= len({router.prefix for router in registry.ROUTERS}) / 2
    found = [pair for pair in imports() if pair[0] in routers and job_of(pair[1]) == "repository"]
    assert found == []


@pytest.mark.parametrize(
    ("library", "module"),
    [
        ("jose", "yimen.core.tokens"),
        ("pwdlib", "yimen.core.passwords"),
        ("cryptography", "yimen.core.crypto"),
    ],
)
def test_a_dangerous_library_has_one_user(library: str, module: str) -> None:
    assert graph().find_modules_that_directly_import(library) == {module}


def test_only_the_clock_asks_for_the_time() -> None:
    asking = []
    for path, tree in trees():
        for line, owner, name in calls(tree):
            if name in ASKS_THE_TIME or (owner == "time" and name in TIME_MODULE):
                asking.append(f"{path}:{line}")
    assert [place for place in asking if not place.startswith("core/clock.py:")] == []
    assert len(asking) == 1


def test_no_domain_asks_the_database_for_the_time() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in trees()
        if path.startswith("domains/")
        for line, text in texts(tree)
        if SQL_CLOCK.search(text)
    ]
    assert found == []


def test_only_the_database_module_commits() -> None:
    found = []
    for path, tree in trees():
        places = [
            line
            for line, owner, name in calls(tree)
            if name in ("commit", "rollback", "begin_nested")
            or (name == "begin" and owner in ("session", "connection", "engine"))
        ]
        places += [line for line, text in texts(tree) if SQL_COMMIT.match(text)]
        found += [f"{path}:{line}" for line in places]
    assert [place for place in found if not place.startswith("core/database.py:")] == []
    assert found


def test_a_domain_opens_a_transaction_of_its_own_only_where_it_must() -> None:
    opening = {
        path for path, tree in trees() for _, _, name in calls(tree) if name == "transaction"
    }
    assert {path for path in opening if path.startswith("domains/")} == OPENS_ITS_OWN_TRANSACTION


def test_module_names_say_what_is_in_them() -> None:
    for path, _ in trees():
        for part in Path(path).with_suffix("").parts:
            assert part not in NAMES_WITHOUT_MEANING, path
            assert not part.startswith("base_"), path
            assert part.rpartition("_")[2] not in NAMES_WITHOUT_MEANING - {"handlers"}, path


def test_an_endpoint_decides_nothing() -> None:
    """House style 1: would the CLI need it too? Then it belongs in the service."""
    endpoints, deciding = 0, []
    for path, tree in trees():
        if not (path.startswith("domains/") and job_of(Path(path).stem) == "router"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                endpoints += 1
                deciding += [
                    f"{path}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.If | ast.Try | ast.Match | ast.While | ast.For)
                ]
    assert endpoints > 50
    assert deciding == []


def all_of(kind: type) -> list[object]:
    """Every object of a kind that a module of a domain holds under a name."""
    found: list[object] = []
    for info in pkgutil.walk_packages(yimen.domains.__path__, "yimen.domains."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            listed = value if isinstance(value, list) else [value]
            found += [one for one in listed if isinstance(one, kind) and one not in found]
    return found


def test_every_router_table_and_job_is_in_the_registry() -> None:
    assert sorted(map(id, all_of(Router))) == sorted(map(id, registry.ROUTERS))
    jobs = [*audit_chain.JOBS, *all_of(PeriodicJob)]
    assert sorted(map(id, jobs)) == sorted(map(id, registry.JOBS))
    models = {name for name in graph().modules if domain_of(name) and job_of(name) == "models"}
    assert models == {table.__name__ for table in registry.TABLES if domain_of(table.__name__)}
