"""The pages of complainants and shops."""
