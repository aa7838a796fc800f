"""What is known of the sites.

``site_file`` has the site files as typed models, and ``vendors`` says which site is which. ``page``
is a page as readers see it, ``location`` the screen of a site that it is, ``values`` its texts as
numbers; ``numbers`` is what a person types. ``credentials`` and ``one_time_codes`` sign in.
"""

from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site, Sites

__all__ = ["Location", "PageSnapshot", "Site", "Sites"]
