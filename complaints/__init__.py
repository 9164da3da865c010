"""The channel of buyers and shops: complaints, evidence and the desk that investigates them."""
