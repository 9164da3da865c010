"""Publishing a policy: versions are appended, the facts are told, a second person signs."""

from __future__ import annotations

import pytest
import time_machine

from governance.actions.publish_policy import PublishError, publish_policy
from governance.models import Policy
from shops.chat.standard import read_clock_standard
from shops.models import AuditEntry, Standard, User
from tests.builders import make_policy, on, policy_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [User.objects.create_user(username=name) for name in ("drafts", "signs")]


def test_the_first_policy_is_version_one_and_in_force_from_its_day():
    policy = publish_policy(policy_document(), starts_on=on(0), source_text="format: 1")

    assert (policy.version, policy.source_text) == (1, "format: 1")
    assert policy.rules() == policy_document()
    assert Policy.objects.in_force_on(on(-1)) is None
    assert Policy.objects.in_force_on(on(0)) == policy


def test_publishing_writes_the_clock_down_for_the_facts_and_leaves_a_trace():
    make_policy(on(0), clock={"target_seconds": 99})

    standard = Standard.objects.get()
    assert (standard.section, standard.starts_on, standard.policy_version) == ("clock", on(0), 1)
    assert read_clock_standard(standard.document) == policy_document(clock={"target_seconds": 99}).clock
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.by) == ("publish_policy", "policy v1", None)
    assert entry.detail["starts_on"] == "2026-05-04"


def test_the_newest_version_published_again_from_the_same_day_is_that_version():
    assert make_policy(on(0)) == make_policy(on(0))
    assert Policy.objects.count() == Standard.objects.count() == AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("starts_on", "changes"),
    [(on(1), {}), (on(0), {"clock": {"target_seconds": 99}})],
    ids=["another day", "other rules"],
)
def test_another_day_or_other_rules_are_a_new_version(starts_on, changes):
    make_policy(on(0))

    assert make_policy(starts_on, **changes).version == 2
    assert Standard.objects.count() == 2


def test_an_older_version_published_again_is_a_new_one():
    make_policy(on(0))
    make_policy(on(0), clock={"target_seconds": 99})

    assert make_policy(on(0)).version == 3
    assert Policy.objects.in_force_on(on(0)).rules().clock.target_seconds == 180


@time_machine.travel("2026-05-04T12:00:00Z", tick=False)
def test_whoever_drafted_a_policy_does_not_publish_it(people):
    drafts, signs = people
    with pytest.raises(PublishError, match="second person"):
        publish_policy(policy_document(), starts_on=on(0), drafted_by=drafts, by=drafts)
    assert Policy.objects.count() == Standard.objects.count() == 0

    policy = publish_policy(policy_document(), starts_on=on(0), drafted_by=drafts, by=signs)
    assert (policy.drafted_by, policy.published_by, AuditEntry.objects.get().by) == (drafts, signs, signs)


@time_machine.travel("2026-05-04T12:00:00Z", tick=False)
@pytest.mark.parametrize(("start", "is_refused"), [(6, True), (7, False)], ids=["a day too early", "the first day"])
def test_a_person_publishes_with_the_notice_that_the_rules_in_force_promise(people, start, is_refused):
    drafts, signs = people
    make_policy(on(-30), notice_days=7)
    rules = policy_document(clock={"target_seconds": 99}, notice_days=0)  # what the new rules promise counts afterwards

    if is_refused:
        with pytest.raises(PublishError, match=r"7 days' notice .* Choose 2026-05-11 or later, not 2026-05-10"):
            publish_policy(rules, starts_on=on(start), drafted_by=drafts, by=signs)
        assert Policy.objects.count() == Standard.objects.count() == 1
    else:
        assert publish_policy(rules, starts_on=on(start), drafted_by=drafts, by=signs).starts_on == on(7)


@time_machine.travel("2026-05-04T12:00:00Z", tick=False)
def test_a_person_starts_no_rules_in_the_past_and_the_first_ones_at_once(people):
    drafts, signs = people
    with pytest.raises(PublishError, match="in the past"):
        publish_policy(policy_document(), starts_on=on(-1), drafted_by=drafts, by=signs)

    assert publish_policy(policy_document(), starts_on=on(0), drafted_by=drafts, by=signs).version == 1


@time_machine.travel("2026-05-04T12:00:00Z", tick=False)
def test_a_command_may_start_rules_at_once_and_in_the_past():
    make_policy(on(-30), notice_days=7)

    assert make_policy(on(-1), clock={"target_seconds": 99}).starts_on == on(-1)


def test_a_published_version_never_changes():
    policy = make_policy(on(0))
    policy.starts_on = on(5)

    with pytest.raises(ValueError, match="cannot be changed"):
        policy.save()
