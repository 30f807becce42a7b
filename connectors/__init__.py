"""Where data comes from and goes to: one module a registry or a kind of partner endpoint."""
