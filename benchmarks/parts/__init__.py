"""The parts: each starts tasks in processes of their own and makes findings of what they measured. Light imports."""
