"""Pages for members and staff, a file a page, and how judgements are put into words and charts."""
