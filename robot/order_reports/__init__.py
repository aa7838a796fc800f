"""What a vendor's own reporting interface says of a PO's orders.

Amazon Business has one: the Reporting API v2025-06-09. It is read-only, optional and off by
default, a second source beside the vendor's pages. ``client`` asks it, ``answers`` reads what it
says, ``https`` sends requests to the hosts of the settings and nowhere else, ``token_bucket`` keeps
to the rate.

Shapes and names are those of Amazon's published model and static sandbox guide (developer-docs.
amazon.com/amazon-business, "Reporting API v2025-06-09 model" and "Reporting API static sandbox
guide"); they were tried at a stand-in of that sandbox, and never at the live interface.
"""

from robot.order_reports.client import OrderReports, open_reports

__all__ = ["OrderReports", "open_reports"]
