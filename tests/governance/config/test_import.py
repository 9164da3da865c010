"""manage.py import: what it prints, what it keeps, how it exits."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from shops.models import AuditEntry, ServiceHours, Shop

pytestmark = pytest.mark.django_db

HEADER = "message_id,conversation_id,shop_id,buyer_id,sender,sent_at\n"
ROW = "m{0},c1,s1,b1,buyer,2026-05-01T09:30:{0:02d}Z\n"


@pytest.fixture(autouse=True)
def _log(settings, tmp_path):
    settings.CHAT_LOG_DIR = tmp_path / "chatlog"


@pytest.fixture
def shops_file(tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("shop_id,name\ns1,Tea\ns2,\ns3,Books\n")
    return path


def run(*arguments, **options):
    output = io.StringIO()
    call_command("import", *(str(argument) for argument in arguments), stdout=output, **options)
    return output.getvalue()


def failure(*arguments, **options):
    """The exit code, what was printed and the error of an import that fails."""
    output = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import", *(str(argument) for argument in arguments), stdout=output, **options)
    return caught.value.returncode, output.getvalue(), str(caught.value)


def test_it_prints_read_new_repeated_and_rejected(tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("shop_id,name\ns1,Tea\ns2,Books\n")

    assert run("shops", path) == f"{path}: 2 read, 2 new, 0 repeated, 0 rejected\n"
    assert run("shops", path) == f"{path}: 2 read, 0 new, 2 repeated, 0 rejected\n"


def test_rejected_rows_are_named_the_good_ones_kept_and_the_exit_code_is_1(shops_file):
    code, output, error = failure("shops", shops_file)

    assert code == 1
    assert output.splitlines() == [
        f"{shops_file}: 3 read, 2 new, 0 repeated, 1 rejected",
        "  line 3: name is missing",
    ]
    assert error == "1 record was rejected; the others are kept. Use --rejects FILE to keep them all."
    assert Shop.objects.count() == 2


def test_only_the_first_20_rejects_are_printed(tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("shop_id,name\n" + ",x\n" * 25)
    _code, output, _error = failure("shops", path)

    lines = output.splitlines()
    assert len(lines) == 22
    assert lines[20] == "  line 21: shop_id is missing"
    assert lines[21] == "  … and 5 more"


def test_all_rejects_are_kept_as_csv(tmp_path, shops_file):
    into = tmp_path / "rejects.csv"
    with shops_file.open("a") as handle:
        handle.write("s4,a,b\n")
    code, _output, error = failure("shops", shops_file, "--rejects", into)

    assert (code, error) == (1, "2 records were rejected; the others are kept.")
    with into.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["file"], row["line"], row["reason"], row["shop_id"], row["raw"]) for row in rows] == [
        (str(shops_file), "3", "name is missing", "s2", ""),
        (str(shops_file), "5", "the record has 3 values where the first line names 2 columns", "", "s4,a,b"),
    ]


def test_all_rejects_are_kept_as_json_lines(tmp_path, shops_file):
    into = tmp_path / "rejects.jsonl"
    failure("shops", shops_file, "--rejects", into)

    assert [json.loads(line) for line in into.read_text().splitlines()] == [
        {"file": str(shops_file), "line": 3, "reason": "name is missing", "record": {"shop_id": "s2", "name": ""}}
    ]


def test_an_older_file_of_rejects_is_replaced(tmp_path):
    path, into = tmp_path / "shops.csv", tmp_path / "rejects.jsonl"
    path.write_text("shop_id,name\ns1,Tea\n")
    into.write_text("old\n")
    run("shops", path, "--rejects", into)

    assert into.read_text() == ""


@pytest.mark.parametrize("name", ["rejects.txt", "no/such/folder/rejects.csv"])
def test_a_file_of_rejects_that_cannot_be_written_stops_before_anything_is_imported(tmp_path, shops_file, name):
    _code, _output, error = failure("shops", shops_file, "--rejects", tmp_path / name)

    assert "cannot be written" in error
    assert not Shop.objects.exists()


def test_an_input_file_is_never_overwritten_by_the_rejects(shops_file):
    before = shops_file.read_text()
    _code, _output, error = failure("shops", shops_file, "--rejects", shops_file)

    assert "would overwrite an input file" in error
    assert shops_file.read_text() == before


def test_one_unreadable_file_keeps_all_files_from_being_imported(tmp_path):
    good, bad = tmp_path / "shops.csv", tmp_path / "more.csv"
    good.write_text("shop_id,name\ns1,Tea\n")
    bad.write_text("shop_id,titel\ns1,Tea\n")
    code, output, error = failure("shops", good, bad)

    assert (code, output) == (2, "")
    assert error.startswith(f'{bad}: Line 1: Unknown column "titel".')
    assert not Shop.objects.exists()
    assert not AuditEntry.objects.exists()


def test_several_files_are_imported_in_their_order(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.jsonl"
    first.write_text("shop_id,name\ns1,Tea\n")
    second.write_text('{"shop_id": "s1", "name": "Green tea"}\n')
    output = run("shops", first, second)

    assert output.splitlines()[1:] == [
        f"{second}: 1 read, 0 new, 1 repeated, 0 rejected",
        "  Of the repeated, 1 brought other values.",
    ]
    assert Shop.objects.get().name == "Green tea"


def test_chat_of_unknown_shops_is_rejected_with_the_remedy(tmp_path):
    path = tmp_path / "chat.csv"
    path.write_text(HEADER + ROW.format(1))
    code, output, _error = failure("chat", path)

    assert code == 1
    assert "Unknown shops: 1, messages rejected: 1 (s1). Import the shops, or use --create." in output


def test_chat_creates_shops_as_told(tmp_path):
    path = tmp_path / "chat.csv"
    path.write_text(HEADER + ROW.format(1))
    options = ("--create", "--timezone", "UTC", "--hours", "mon-sun 00:00-24:00", "--category", "help")
    output = run("chat", path, *options)

    shop = Shop.objects.get()
    assert "  Created shops: 1, agents: 0." in output
    assert (shop.code, shop.timezone, shop.category) == ("s1", "UTC", "help")
    assert ServiceHours.objects.get().weekly == "mon-sun 00:00-24:00"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--create", "--timezone", "Mars/Base"), "--timezone: Mars/Base is no time zone."),
        (("--create", "--hours", "always"), "--hours: "),
        (("--create", "--category", "x" * 101), "--category is longer than 100 characters."),
        (("--timezone", "UTC"), "--timezone only works together with --create."),
        (("--hours", "mon-sun 08:00-23:00"), "--hours only works together with --create."),
    ],
)
def test_options_that_make_no_sense_stop_before_anything_is_imported(tmp_path, arguments, said):
    path = tmp_path / "chat.csv"
    path.write_text(HEADER + ROW.format(1))
    _code, _output, error = failure("chat", path, *arguments)

    assert error.startswith(said)
    assert not Shop.objects.exists()
    assert not (tmp_path / "chatlog").exists()


def test_only_chat_creates(shops_file):
    assert failure("shops", shops_file, "--create")[2] == "--create only works for chat."


def test_an_unknown_kind_is_refused_with_the_known_ones(shops_file):
    error = failure("orders", shops_file)[2]

    assert "invalid choice: 'orders'" in error
    assert "holidays" in error


def test_interrupted_it_says_how_to_go_on(shops_file, monkeypatch):
    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("governance.config.management.commands.import.import_facts", interrupt)
    code, _output, error = failure("shops", shops_file)

    assert code == 130
    assert error == "Stopped. What was written is kept; run the same command again to import the rest."


def test_a_database_without_tables_is_named_with_the_remedy(shops_file, monkeypatch):
    def refuse(*_args, **_options):
        raise DatabaseError("no such table: shops_shop")

    monkeypatch.setattr("governance.config.management.commands.import.import_facts", refuse)
    code, _output, error = failure("shops", shops_file)

    assert code == 2
    assert error == "The database refused: no such table: shops_shop. If it has no tables yet, run manage.py migrate."


def test_a_chat_log_that_cannot_be_used_is_named(tmp_path):
    path, log = tmp_path / "chat.csv", tmp_path / "chatlog"
    path.write_text(HEADER + ROW.format(1))
    log.mkdir()
    (log / "log.json").write_text("nonsense")
    code, _output, error = failure("chat", path)

    assert code == 2
    assert "log.json cannot be read" in error


def test_the_exit_code_reaches_the_shell(tmp_path):
    command = [sys.executable, "manage.py", "import", "shops", str(tmp_path / "no.csv")]
    done = subprocess.run(command, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == f"CommandError: {tmp_path}/no.csv: There is no such file. Check the path.\n"


INTERRUPTED_IMPORT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs are started deaf to it
os.environ["DJANGO_SETTINGS_MODULE"] = "governance.config.settings"
import django
django.setup()
from shops.chat.log import ChatLog
append = ChatLog.append

def append_and_interrupt(self, table, received_ms):
    done = append(self, table, received_ms)
    os.kill(os.getpid(), signal.SIGINT)
    return done

ChatLog.append = append_and_interrupt
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import", "chat", sys.argv[1], "--create"])
"""


def test_an_interrupted_import_run_again_ends_as_one_undisturbed_run(tmp_path):
    path = tmp_path / "chat.csv"
    with path.open("w") as handle:
        handle.write(HEADER)
        handle.writelines(f"m{n},c{n % 999},s{n % 7},b1,buyer,2026-05-0{1 + n % 3}T09:30:00Z\n" for n in range(300_000))
    environment = {
        **os.environ,
        "OPENLINE_DATA_DIR": str(tmp_path),
        "OPENLINE_DATABASE_URL": f"sqlite:///{tmp_path}/db",
    }
    manage = [sys.executable, "manage.py"]
    options = {"cwd": django_settings.BASE_DIR, "env": environment, "stdout": subprocess.PIPE, "text": True}
    subprocess.run([*manage, "migrate", "-v0"], check=True, **options)
    command = [*manage, "import", "chat", str(path), "--create"]

    # Ctrl-C comes when the first batch has been stored.
    stopped = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT, str(path)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert stopped.returncode == 130
    assert "Stopped. What was written is kept" in stopped.stderr

    done = subprocess.run(command, check=True, **options).stdout
    read, new, repeated, rejected = (int(number) for number in re.findall(r"\d+", done.split(": ")[1])[:4])
    assert rejected == 0
    assert read == 300_000
    assert new + repeated == 300_000
    assert new < 300_000
    parts = [pq.ParquetFile(path).read(["message_id"]) for path in tmp_path.glob("chatlog/messages/*/*/*.parquet")]
    ids = [message for part in parts for message in part["message_id"].to_pylist()]
    assert sorted(ids) == sorted(f"m{n}" for n in range(300_000))
