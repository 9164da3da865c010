"""The policy document: its typed schema, its measures, its presets, and reading one with messages that help.

Versions and dates are rows (`governance.models.Policy`); what a policy does with numbers is `governance.formulas`.
"""
