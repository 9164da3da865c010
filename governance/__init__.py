"""JUDGEMENTS: policy, scores, ratings. Reads the facts of `shops`, writes privileges and standards down into it."""
