"""The rule of a cancellation and its words. Pure: no I/O, no clock, no browser."""
