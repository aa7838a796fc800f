"""What is known of the sites.

``registry`` has every site, ``site_file`` what a file of one may say (``campus`` what it says of
exports and advice, ``patterns`` how its patterns match, ``reading`` what is wrong with a file),
``vendors`` which is which.
``page`` is a page as readers see it, without its ``hidden`` parts (``parsing`` makes a tree of
it, ``css`` finds the others), ``location`` the screen of a site that it is, ``values`` its texts as
numbers, ``languages`` what language it is in, ``private_shapes`` what is private everywhere.
``survey`` tells what the site files find on the pages of a look. ``numbers`` is what a person
types. ``credentials`` and ``one_time_codes`` sign in, the latter from ``seeds``.
"""

from robot.sites.registry import Sites
from robot.sites.site_file import Site

__all__ = ["Site", "Sites"]
