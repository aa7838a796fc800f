"""The pages of the console, each with its routes.

``sign_in`` lets people in and out, ``log`` shows who did what. ``files`` gives what the pages load.
"""
