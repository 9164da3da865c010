"""The nightly job: facts settled, agents scored, shops rated, too many losses held, privileges granted."""
