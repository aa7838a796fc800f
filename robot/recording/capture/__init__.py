"""Recording a live run."""
