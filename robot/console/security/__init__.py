"""What keeps others out of the console.

``guard`` checks where a request comes from and how large it is, ``headers`` says what a page may
load, ``forms`` checks that a form is one of ours, and ``rate_limit`` slows guessing.
"""
