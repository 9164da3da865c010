"""Webhooks: endpoints, and the deliveries of events to them, in order, signed, repeated until they are taken."""
