"""The proxy of the browser's connections, by which no press is sent twice."""
