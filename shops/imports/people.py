"""Agents, and the members who may see a shop's pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from shops.chat.columns import Column, Sort
from shops.imports.facts import KnownAgents, KnownShops, Written, upsert
from shops.imports.rows import Row, RowError
from shops.models import Agent, Member, User


class Agents:
    """Upserts agents by shop and code."""

    columns = (
        Column("agent_id", Sort.CODE, is_required=True),
        Column("shop_id", Sort.CODE, is_required=True),
        Column("name"),
    )

    def __init__(self) -> None:
        self._shops = KnownShops()
        self._fields: list[str] = []

    def read(self, row: Row) -> Agent:
        """The agent of a record."""
        self._fields = ["name"] if row.has_column("name") else []
        shop_id = self._shops.id_of(row.code("shop_id"))
        return Agent(shop_id=shop_id, code=row.code("agent_id"), name=row.text("name", 200))

    def write(self, facts: Sequence[Agent]) -> Written:
        """Write the agents."""
        stored = Agent.objects.filter(
            shop_id__in={agent.shop_id for agent in facts}, code__in={agent.code for agent in facts}
        )
        return upsert(stored, facts, ["shop_id", "code"], self._fields)


@dataclass(frozen=True)
class MemberFact:
    """A membership, and the account that it belongs to."""

    username: str
    email: str
    shop_id: int
    role: str
    agent_id: int | None


class Members:
    """Upserts memberships by username and shop.

    Unknown usernames get an account that nobody can sign in with until a password is set for it; a known account keeps
    its password, and its e-mail address where the file has none.
    """

    columns = (
        Column("shop_id", Sort.CODE, is_required=True),
        Column("username", Sort.CODE, is_required=True),
        Column("email"),
        Column("role", is_required=True),
        Column("agent_id", Sort.CODE),
    )

    def __init__(self) -> None:
        self._shops = KnownShops()
        self._agents = KnownAgents()

    def read(self, row: Row) -> MemberFact:
        """The membership of a record; only the role of agent has an agent."""
        username = row.checked("username", row.required_text("username", 150), UnicodeUsernameValidator())
        email = row.text("email", 254)
        role = row.choice("role", list(Member.Role.values))
        shop_id = self._shops.id_of(row.code("shop_id"))
        code = row.text("agent_id", 128)
        if role == Member.Role.AGENT and not code:
            raise RowError(_("agent_id is missing; the role of agent needs it"))
        if role != Member.Role.AGENT and code:
            raise RowError(
                _("agent_id is only for the role of agent; leave it empty for the role %(role)s") % {"role": role}
            )
        return MemberFact(
            username=username,
            email=row.checked("email", email, validate_email) if email else "",
            shop_id=shop_id,
            role=role,
            agent_id=self._agents.id_of(shop_id, code) if code else None,
        )

    def write(self, facts: Sequence[MemberFact]) -> Written:
        """Write the accounts, then the memberships."""
        users, moved = self._write_users(facts)
        members = [
            Member(user_id=users[fact.username], shop_id=fact.shop_id, role=fact.role, agent_id=fact.agent_id)
            for fact in facts
        ]
        stored = Member.objects.filter(
            user_id__in={member.user_id for member in members}, shop_id__in={member.shop_id for member in members}
        )
        written = upsert(stored, members, ["user_id", "shop_id"], ["role", "agent_id"])
        readdressed = {(member.user_id, member.shop_id) for member in members if member.user_id in moved}
        return Written(written.new, written.changed | (readdressed - written.new))

    def _write_users(self, facts: Sequence[MemberFact]) -> tuple[dict[str, int], set[int]]:
        """The primary keys of the accounts by username, and which known ones got another e-mail address."""
        emails: dict[str, str] = {}
        for fact in facts:
            emails[fact.username] = fact.email or emails.get(fact.username, "")
        known = {user.username: user for user in User.objects.filter(username__in=emails)}
        User.objects.bulk_create(
            [
                User(username=username, email=email, password=make_password(None))
                for username, email in emails.items()
                if username not in known
            ],
            ignore_conflicts=True,
        )
        moved = [user for user in known.values() if emails[user.username] not in {"", user.email}]
        for user in moved:
            user.email = emails[user.username]
        User.objects.bulk_update(moved, ["email"])
        return dict(User.objects.filter(username__in=emails).values_list("username", "pk")), {user.pk for user in moved}
