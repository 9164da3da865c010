"""FACTS: shops, agents, members, the chat log and its turns, and what each shop may do now."""
