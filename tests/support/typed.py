"""What somebody types and has set who would use the live sites."""

from __future__ import annotations

ORDER = "111-0000001-0000001"
#: Credentials that nobody has, and an address where nobody answers.
CREDENTIALS = {
    "AMAZON_BUSINESS_EMAIL": "buyer@example.edu",
    "AMAZON_BUSINESS_PASSWORD": "not-a-real-one",
    "REALSOURCE_USERNAME": "buyer",
    "REALSOURCE_PASSWORD": "not-a-real-one-either",
    "VENDORFIRST_RESOLVE": "www.amazon.com=127.0.0.1:9",
}
