"""What helps people to use the commands.

``topics`` shows the README by topic, ``man_page`` makes the manual of it and of the commands' help,
and ``completion`` says what a shell completes.
"""
