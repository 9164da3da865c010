"""What people and jobs do with complaints, a verb a file; one transaction each."""
