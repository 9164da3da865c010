"""How much memory one request takes: `python -m tests.shops.api.memory KIND` prints its status and the peak in MB.

Runs in a process of its own with a database and a log of its own (OPENLINE_DATA_DIR), where nothing else was loaded.
"""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

LINES, LIST = "application/x-ndjson", "application/json"
ROWS = 50_000


def bodies() -> dict[str, tuple[str, bytes]]:
    """By kind: the media type and what is sent, gzipped."""
    sent_at = datetime.now(UTC) - timedelta(hours=1)
    rows = [
        {
            "message_id": f"m-{number:09d}", "conversation_id": f"c-{number // 5:09d}", "shop_id": "s1",
            "buyer_id": f"b-{number // 5:09d}", "agent_id": "a1", "sender": "agent", "kind": "message",
            "sent_at": (sent_at + timedelta(milliseconds=number)).isoformat(), "delivery": "delivered",
            "text": f"您的订单{number}已经登记，预计明天送达，请留意物流信息",
        }
        for number in range(ROWS)
    ]  # fmt: skip
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    nested = b'{"text": [' + b",".join([b"[]"] * 1_300_000) + b"]}\n"
    return {
        "lines": (LINES, lines),
        "list": (LIST, json.dumps(rows).encode()),
        "all bad": (LINES, lines.replace(b'"agent"', b'"parrot"').replace(b'"s1"', b'"nobody"')),
        "bomb": (LINES, b" " * 500_000_000),
        "bomb of one list": (LIST, b"[" + b"0," * 250_000_000),
        "list of nothings": (LIST, b"[" + b"0," * 1_900_000 + b"0]"),
        "nested": (LINES, nested * 16),
        "nested list": (LIST, b"[" + b",".join([nested[:-1].replace(b"[]", b"{}")] * 15) + b"]"),
        "unknown names": (LINES, b"\n".join(json.dumps({f"k{n}": "x" * 900}).encode() for n in range(ROWS))),
    }


def main(kind: str) -> None:
    """Send it and print what came of it."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up first
    from django.test import Client  # noqa: PLC0415

    from shops.models import Agent, Shop  # noqa: PLC0415
    from tests.shops.api.calling import make_token  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    Agent.objects.create(shop=Shop.objects.create(code="s1", name="Tea"), code="a1")
    headers = make_token("chat:write")[1] | {"HTTP_CONTENT_ENCODING": "gzip"}
    media_type, body = bodies()[kind]
    packed = gzip.compress(body, 3)
    warm = gzip.compress(json.dumps([{"message_id": "m"}]).encode())
    Client().post("/api/v1/chat/messages/", warm, content_type=LIST, **headers)
    del body
    before = memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    answer = Client().post("/api/v1/chat/messages/", packed, content_type=media_type, **headers)
    print(
        json.dumps(
            {"status": answer.status_code, "mb": memory_mb("VmHWM") - before, "said": answer.content.decode()[:300]}
        )
    )


def memory_mb(name: str) -> float:
    """What the kernel says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1])
