"""Record a flow once, replay it for ever: offline, exact, and red for the right reason."""
