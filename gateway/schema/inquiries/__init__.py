"""Query items in the graph: what may be asked, and the answers."""

from gateway.schema.inquiries.queries import InquiryQueries

QUERIES = (InquiryQueries,)
