"""Tests of the chat log, the clock, the turns and the measures."""
