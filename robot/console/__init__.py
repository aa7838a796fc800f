"""The web page for procurement staff."""
