"""What is promised of the deployment: compose file, image, gunicorn's configuration, locks, the page of settings."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from fnmatch import fnmatch
from importlib import import_module
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.app.utils import find_app
from django.conf import settings
from gunicorn.config import KNOWN_SETTINGS

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
OURS = ("migrate", "web", "worker", "beat")
SETTING = re.compile(r"OPENLINE_[A-Z_]+")


def read_by_code() -> set[str]:
    """The settings that the code reads."""
    sources = ("governance/config/settings.py", "gunicorn.conf.py", "tests/run.py")
    return {name for path in sources for name in re.findall(r"[\"'](OPENLINE_[A-Z_]+)[\"']", (ROOT / path).read_text())}


def documented() -> dict[str, str]:
    """The settings of docs/settings.md with their defaults."""
    lines = (ROOT / "docs/settings.md").read_text().splitlines()
    cells = [[cell.strip(" `") for cell in line.split("|")] for line in lines if line.startswith("| `")]
    return {row[1]: row[2] for row in cells}


def variables(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in COMPOSE["services"][service]["environment"].items()}


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    assert set(documented()) == read_by_code()


def test_documented_numbers_are_the_defaults_of_the_code() -> None:
    sources = (ROOT / "governance/config/settings.py").read_text() + (ROOT / "gunicorn.conf.py").read_text()
    numbers = {name: default for name, default in documented().items() if default.isdecimal()}
    assert numbers
    for name, default in numbers.items():
        assert re.search(rf'"{name}", (default=)?"?{default}"?\)', sources), name


def test_a_compose_file_has_all_that_production_is_made_of() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "redis", *OURS}
    assert set(COMPOSE["volumes"]) == {"postgres", "redis", "chatlog"}
    for name, service in COMPOSE["services"].items():
        assert all(volume.split(":")[0] in COMPOSE["volumes"] for volume in service.get("volumes", [])), name
    assert {"postgres", "redis", "web", "worker"} <= {
        name for name, service in COMPOSE["services"].items() if "healthcheck" in service
    }


def test_compose_sets_only_what_the_code_reads_and_what_env_names_is_documented() -> None:
    known = read_by_code()
    for service in OURS:
        assert set(variables(service)) <= known, service
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    manual = (ROOT / "docs/operations.md").read_text()
    assert not [name for name in asked if name not in manual]


def test_compose_holds_no_secret() -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in ("OPENLINE_SECRET_KEY", "POSTGRES_PASSWORD"):
        values = re.findall(rf"{name}:(?! *\$)(.*)", text)
        assert all(value.startswith("?") for value in values), name
    assert "${POSTGRES_PASSWORD:?" in variables("web")["OPENLINE_DATABASE_URL"]


def test_the_pages_start_after_the_migrations_and_only_one_schedule_runs() -> None:
    for service in ("web", "worker", "beat"):
        needs = COMPOSE["services"][service]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["postgres"] == needs["redis"] == {"condition": "service_healthy"}
    assert "replicas" not in COMPOSE["services"]["beat"]["deploy"]


def test_all_of_ours_share_one_image_one_log_and_no_rights() -> None:
    for name in OURS:
        service = COMPOSE["services"][name]
        assert service["image"] == COMPOSE["services"]["web"]["image"]
        assert "chatlog:/data" in service["volumes"]
        assert service["cap_drop"] == ["ALL"]
        assert variables(name)["OPENLINE_EMBEDDED"] == "false"


def test_redis_never_throws_a_job_away() -> None:
    command = COMPOSE["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_the_celery_app_is_where_compose_looks_for_it(service: str) -> None:
    command = COMPOSE["services"][service]["command"]
    assert command[:3] == ["celery", "-A", "governance.config"]
    assert command[3] == service
    assert find_app("governance.config").main


def test_the_pages_are_served_by_gunicorn_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert COMPOSE["services"]["web"]["command"] == ["gunicorn"]
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # What the file sets is forgotten after the test.
    configured = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    Path(configured["METRICS_FOLDER"]).rmdir()
    known = {setting.name for setting in KNOWN_SETTINGS}
    ignored = {"METRICS_FOLDER"}
    own = {
        name
        for name, value in configured.items()
        if not name.startswith("__") and getattr(value, "__module__", "") in ("", "<run_path>") and name not in ignored
    } - {"os", "shutil", "tempfile"}
    assert own <= known
    assert callable(import_module(configured["wsgi_app"]).application)
    # Whoever stops the container waits longer than a request may take to end.
    assert int(COMPOSE["services"]["web"]["stop_grace_period"].rstrip("s")) > configured["graceful_timeout"]


def test_gunicorn_accepts_its_configuration() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_image_is_built_from_locked_hashes_and_runs_as_nobody_in_particular() -> None:
    installs = [line for line in DOCKERFILE if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    users = [line.split()[1] for line in DOCKERFILE if line.startswith("USER ")]
    assert users == ["openline"]
    assert DOCKERFILE.index("USER openline") < next(n for n, line in enumerate(DOCKERFILE) if line.startswith("CMD"))


def test_everything_that_the_image_copies_exists_and_is_sent_to_the_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignore if line.startswith("!")}
    for line in DOCKERFILE:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
                assert source in sent
    assert not any(fnmatch(name, pattern) for name in (".env", "var", ".git", "tests") for pattern in sent)


def test_the_lock_holds_what_celery_needs_to_talk_to_redis() -> None:
    locked = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    for requirement in requires("kombu") or []:
        if 'extra == "redis"' in requirement:
            assert re.split(r"[^\w-]", requirement)[0] in locked, "renew the locks: make lock"


def test_the_image_brings_every_package_of_ours() -> None:
    copied = {line.split()[1] for line in DOCKERFILE if line.startswith("COPY ") and "--from" not in line}
    assert {"shops", "governance", "complaints", "templates", "static", "locale"} <= copied
