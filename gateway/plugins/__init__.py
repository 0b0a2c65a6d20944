"""Extension points for third parties. No hook may see or change a decision."""
