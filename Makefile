# Needs only a POSIX shell, GNU make and Python 3.11 or newer; everything else is locked and goes into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench fuzz faults contract openapi format lock clean venv runtime dev

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# Which Python makes the venv (PYTHON=python3.12 make run); else the first of these that will do.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
# More arguments for the command: make test ARGS="tests/cases -x"
ARGS ?=
# Test processes; each has its own database.
JOBS ?= auto
UV_VERSION := 0.13.9

help: ## 列出可用的命令
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime ## 安装依赖并启动服务
	@exec $(BIN)/yimen serve $(ARGS)

test: dev ## 运行全部测试
	@$(BIN)/pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

check: dev ## 代码风格、类型、分层约定,以及接口文件是否最新
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yimen openapi --check

bench: dev ## 测量性能,与 pgbench 运行同样的 SQL 相比
	@$(BIN)/python -m tests.bench $(ARGS)

fuzz: dev ## 用 schemathesis 逐个角色试遍全部接口(ARGS="--seconds 180")
	@$(BIN)/python -m tests.fuzz $(ARGS)

faults: dev ## 在压力下反复弄坏服务与数据库,核对已确认的数据一条不丢不重(磁盘写满一项需 root)
	@$(BIN)/python -m tests.faults $(ARGS)

contract: dev ## 检查接口文件:不兼容的改动、lint,并用 TypeScript 客户端走一遍(需要 Node 20.19 以上)
	@$(BIN)/python -m tests.contract $(ARGS)

openapi: dev ## 重新生成 openapi/openapi.json
	@$(BIN)/yimen openapi

format: dev ## 整理代码格式
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# The build backend is locked with the rest, so that installing the project itself fetches nothing.
COMPILE = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	| $(BIN)/uv pip compile pyproject.toml - --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock: venv ## 按 pyproject.toml 重新锁定依赖(升级全部:make lock ARGS=--upgrade)
	@$(PIP) install uv==$(UV_VERSION)
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## 删除 .venv 和各种缓存;data 目录里的数据库不动
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis build dist src/*.egg-info
	@find src tests migrations -type d -name __pycache__ -prune -exec rm -rf {} +

# Scripts in a venv hold its absolute path: one that moved with its folder is made anew, as is one whose
# Python is gone or not the PYTHON asked for.
venv:
	@version='import sys; print(sys.version)'; \
	old="$$($(BIN)/python -c "$$version" 2>/dev/null)"; \
	new="$(if $(PYTHON),$$("$(PYTHON)" -c "$$version" 2>/dev/null),$$old)"; \
	folder="$$(cat $(VENV)/.folder 2>/dev/null || pwd)"; \
	if [ -n "$$old" ] && [ "$$old" = "$$new" ] && [ "$$folder" = "$$(pwd)" ]; then exit 0; fi; \
	suits=; \
	for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		suits="$$python"; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "用 $$("$$python" --version) 建立 $(VENV) …"; \
		"$$python" -m venv --clear $(VENV) && pwd > $(VENV)/.folder; \
		exit; \
	done; \
	if [ -n "$$suits" ]; then \
		echo "找到了 $$suits,但它不带 venv/ensurepip。Debian、Ubuntu 请安装 python3-venv(apt-get install python3-venv),再运行一次。" >&2; \
	else \
		echo "没有找到 Python 3.11 或更新的版本(找过:$(PYTHONS))。请先安装,或指明位置:make run PYTHON=/路径/python3.12" >&2; \
	fi; \
	exit 1

# What is installed is told by the content of the locks, not by file times. dev is runtime and more.
RUNTIME_STATE = $$(cat requirements.lock pyproject.toml | cksum)
DEV_STATE = $$(cat requirements.lock requirements-dev.lock pyproject.toml | cksum)

# A package that left the lock must leave the venv too: pytest, for one, loads every plugin that lies there.
define REMOVE_UNLOCKED
import importlib.metadata, re, subprocess, sys, sysconfig
def plain(name): return re.sub("[-_.]+", "-", name).lower()
locked = {plain(line.split("==")[0]) for line in open("requirements-dev.lock") if re.match("[a-z0-9].*==", line)}
found = {plain(package.name) for package in importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])}
if unlocked := found - locked - {"pip", "yimen"}:
    subprocess.run([sys.executable, "-m", "pip", "-qq", "uninstall", "--yes", *unlocked], check=True)
endef
export REMOVE_UNLOCKED

define INSTALL
	echo "按 $(1) 安装依赖,约需一分钟 …"; \
	rm -f $(VENV)/.runtime $(VENV)/.dev; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null || exit; \
	$(PIP) install --require-hashes --requirement $(1) || exit; \
	$(PIP) install --no-deps --no-build-isolation --editable . || exit; \
	$(BIN)/python -c "$$REMOVE_UNLOCKED" || exit; \
	echo "$(RUNTIME_STATE)" > $(VENV)/.runtime
endef

runtime: venv
	@[ "$$(cat $(VENV)/.runtime 2>/dev/null)" = "$(RUNTIME_STATE)" ] && exit 0; \
	$(call INSTALL,requirements.lock)

dev: venv
	@[ "$$(cat $(VENV)/.dev 2>/dev/null)" = "$(DEV_STATE)" ] && exit 0; \
	$(call INSTALL,requirements-dev.lock); \
	echo "$(DEV_STATE)" > $(VENV)/.dev
