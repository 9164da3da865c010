"""Runs of jobs: started, shared out by steps, stopped, held and judged. What a job does is not known here."""
