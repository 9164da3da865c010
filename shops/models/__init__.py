"""The tables of facts, a file a noun."""

from shops.models.agent import Agent
from shops.models.audit import AuditEntry
from shops.models.case import AfterSalesCase, Escalation
from shops.models.computed_day import ComputedDay
from shops.models.feedback import Feedback
from shops.models.holiday import Holiday
from shops.models.hours import HoursOverride, ServiceHours
from shops.models.measures import AgentDay, ShopDay
from shops.models.member import Member
from shops.models.outage import Outage
from shops.models.privileges import Privileges, PrivilegesChange
from shops.models.shop import Shop
from shops.models.standard import Standard
from shops.models.template import ReplyTemplate
from shops.models.user import User

__all__ = [
    "AfterSalesCase",
    "Agent",
    "AgentDay",
    "AuditEntry",
    "ComputedDay",
    "Escalation",
    "Feedback",
    "Holiday",
    "HoursOverride",
    "Member",
    "Outage",
    "Privileges",
    "PrivilegesChange",
    "ReplyTemplate",
    "ServiceHours",
    "Shop",
    "ShopDay",
    "Standard",
    "User",
]
