"""Until now nothing reduced what a grade grants: the base of every shop is what it holds."""

from django.db import migrations
from django.db.models import F


def take_over(apps, _schema_editor):
    apps.get_model("shops", "Privileges").objects.update(
        base_keyword_limit=F("keyword_limit"),
        base_blocked_buyer_limit=F("blocked_buyer_limit"),
        base_may_join_campaigns=F("may_join_campaigns"),
        base_search_weight=F("search_weight"),
        base_may_list=F("may_list"),
    )


class Migration(migrations.Migration):
    dependencies = [("shops", "0003_due_process")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True)]
