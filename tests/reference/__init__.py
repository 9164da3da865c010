"""The plain reference of the clock table, which the SQL is compared with."""
