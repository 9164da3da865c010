"""Commands about the chat log."""
