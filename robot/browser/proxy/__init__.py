"""The proxy that the browser's connections go through, so that no press is sent twice."""
