"""The watch-list: orders that went wrong before the robot came, found in two exports.

Both systems export their orders; joined by PO number they tell which were cancelled in one of
them only, without a request to either site. May import the queue and what is below it.

- ``columns``: which column of an export is which field
- ``amounts``, ``dates``: money and days as exports write them
- ``exports``: an export's file as values; ``values``: these values
- ``join``: what the two exports say together, as findings. Pure
- ``findings``: a finding in words, and as the JSON of the contract
"""
