"""The sections of the policy document, a file a section; `governance.policy.schema` puts them together."""
