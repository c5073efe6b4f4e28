"""Desktop notifications: which to show (policy), and showing them."""
