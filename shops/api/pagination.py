"""How long lists are cut: by cursor, so that a page costs the same however deep it lies."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """Pages of 100 rows, 1,000 at most (?page_size=), newest first unless the view says otherwise."""

    page_size = 100
    max_page_size = 1_000
    page_size_query_param = "page_size"
    ordering = "-id"
