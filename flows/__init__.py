"""What to do on a site, in Playwright's words. Each flow ends in facts, not in prose."""
