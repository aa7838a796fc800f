"""What people are told when nobody watches."""
