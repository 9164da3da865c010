"""Erasure of one buyer's texts: asked for by a person, taken out of the chat log by a job, withheld from then on."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from shops.actions.compact_log import read_past_broken_parts
from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.retain_log import kept_keys
from shops.chat.clock import to_ms
from shops.chat.folders import read_folder
from shops.chat.log import ChatLog, open_log, shard_of
from shops.chat.rewriting import Writer, count_texts_of, rewrite_day, tidy_day
from shops.models import AuditEntry, Erasure, Shop, User


@transaction.atomic
def ask_erasure(
    buyer_id: str, *, reason: str, by: User | None, shop: Shop | None = None, now: datetime | None = None
) -> Erasure:
    """Note that a buyer's texts are to be erased, at one shop or at all; a job does it. From now on none come in again.

    An open request for the same buyer and shop is returned as it is. `by` is None where a command acts.
    """
    erasure = Erasure.objects.filter(buyer_id=buyer_id, shop=shop, rewritten_at=None).first()
    if erasure is not None:
        return erasure
    erasure = Erasure.objects.create(
        buyer_id=buyer_id, shop=shop, reason=reason, requested_by=by, requested_at=now or timezone.now()
    )
    AuditEntry.objects.create(
        by=by,
        action="ask_erasure",
        target=f"erasure {erasure.pk}",  # The trail outlives the erasure: it does not name the buyer.
        detail={"shop": shop.code if shop else None, "reason": reason},
    )
    return erasure


def open_erasures() -> list[Erasure]:
    """Those that are not done, oldest first."""
    return list(Erasure.objects.filter(done_at=None).select_related("shop").order_by("pk"))


def erase_in_shard(erasure: Erasure, shard: int, *, report: Report = keep_quiet) -> int:
    """Take a buyer's texts out of one shard; return how many messages lost theirs.

    The agents' words to the buyer go too: they may repeat what the buyer said. Safe to be killed and to run again:
    what is left is found by reading.
    """
    log = open_log()
    days = log.days()
    shop = erasure.shop.code if erasure.shop is not None else None
    if not days or (shop is not None and shard_of(shop, log.shards) != shard):
        return 0
    writer = Writer(erasure.buyer_id, shop, to_ms(erasure.requested_at))
    holding = count_texts_of(log, days[0], days[-1], shard, writer)
    keep = kept_keys()
    erased = 0
    for number, day in enumerate(holding):
        report(Progress("erase", number, len(holding), day.isoformat()))
        rewrite = partial(rewrite_day, log, day, shard, without_texts_of=[writer], keep=keep)
        done, _aside = read_past_broken_parts(log, day, shard, rewrite)
        erased += done.texts_dropped if done is not None else 0
    Erasure.objects.filter(pk=erasure.pk).update(messages=F("messages") + erased)
    return erased


def finish_erasure(erasure: Erasure, *, now: datetime) -> bool:
    """Note that all shards were rewritten, delete the replaced files whose time has come; True once none is left.

    Then the log is looked through once more: a batch that was on its way when the erasure was asked for may have come
    in after its day was rewritten.
    """
    log = open_log()
    if erasure.rewritten_at is None:
        Erasure.objects.filter(pk=erasure.pk, rewritten_at=None).update(rewritten_at=now)
    waiting = sum(_older_files(log, shard, now) for shard in range(log.shards))
    if waiting or sum(erase_in_shard(erasure, shard) for shard in range(log.shards)):
        return False
    Erasure.objects.filter(pk=erasure.pk, done_at=None).update(done_at=now)
    return True


def withhold_erased(table: pa.Table) -> pa.Table:
    """Checked messages (messages.STORED_SCHEMA) without the texts that an erasure covers. One query."""
    erasures = Erasure.objects.values_list("buyer_id", "shop__code", "requested_at")
    covered = pa.array([False] * len(table), pa.bool_())
    touched = False
    buyers = pc.unique(table["buyer_id"].combine_chunks())
    known = set(buyers.to_pylist()) if len(table) else set()
    for buyer_id, shop, requested_at in erasures.iterator(5_000):
        if buyer_id not in known:
            continue
        mine = pc.and_(
            pc.equal(table["buyer_id"].combine_chunks(), buyer_id),
            pc.less_equal(table["sent_ms"].combine_chunks(), to_ms(requested_at)),
        )
        if shop is not None:
            mine = pc.and_(mine, pc.equal(table["shop_id"].combine_chunks(), shop))
        covered, touched = pc.or_(covered, mine), True
    if not touched:
        return table
    keys = pa.array(sorted(kept_keys().phrases), pa.string())
    stays = pc.is_in(table["text_key"].combine_chunks(), value_set=keys)
    nothing = pa.scalar(None, pa.string())
    texts = pc.if_else(covered, nothing, table["text"].combine_chunks())
    text_keys = pc.if_else(pc.and_(covered, pc.invert(stays)), nothing, table["text_key"].combine_chunks())
    for name, values in (("text", texts), ("text_key", text_keys)):
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)
    return table


def _older_files(log: ChatLog, shard: int, now: datetime) -> int:
    """Tidy all days of a shard; how many replaced files wait for their readers."""
    waiting = 0
    for day in log.days():
        if read_folder(log.folder_of(day, shard)).leftovers:
            waiting += tidy_day(log, day, shard, now=now.timestamp())
    return waiting
