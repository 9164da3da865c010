"""How dates are written: the same in every language, so that figures can be compared and copied."""
