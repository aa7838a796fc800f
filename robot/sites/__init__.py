"""What is known of each site: its file, its pages, its credentials."""
