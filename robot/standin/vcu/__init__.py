"""The university's side of the stand-in: CAS, Duo, and RealSource."""
