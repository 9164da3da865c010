"""The tables of facts, a file a noun."""

from shops.models.agent import Agent
from shops.models.audit import AuditEntry
from shops.models.buyer_link import BuyerLink
from shops.models.case import AfterSalesCase, Escalation
from shops.models.computed_day import ComputedDay
from shops.models.counted_day import CountedDay
from shops.models.erasure import Erasure
from shops.models.feedback import Feedback
from shops.models.holiday import Holiday
from shops.models.hours import HoursOverride, ServiceHours
from shops.models.intake import ControlTotal, IntakeBatch
from shops.models.measures import AgentDay, ShopDay
from shops.models.member import Member
from shops.models.notice import Notice
from shops.models.outage import Outage
from shops.models.outbox import Delivery, Event, EventCounter, WebhookEndpoint
from shops.models.privileges import Privileges, PrivilegesChange
from shops.models.protection import Protection
from shops.models.run import Run, RunStep
from shops.models.service_token import ServiceToken
from shops.models.shop import Shop
from shops.models.standard import Standard
from shops.models.template import ReplyTemplate
from shops.models.user import User

__all__ = [
    "AfterSalesCase",
    "Agent",
    "AgentDay",
    "AuditEntry",
    "BuyerLink",
    "ComputedDay",
    "ControlTotal",
    "CountedDay",
    "Delivery",
    "Erasure",
    "Escalation",
    "Event",
    "EventCounter",
    "Feedback",
    "Holiday",
    "HoursOverride",
    "IntakeBatch",
    "Member",
    "Notice",
    "Outage",
    "Privileges",
    "PrivilegesChange",
    "Protection",
    "ReplyTemplate",
    "Run",
    "RunStep",
    "ServiceHours",
    "ServiceToken",
    "Shop",
    "ShopDay",
    "Standard",
    "User",
    "WebhookEndpoint",
]
