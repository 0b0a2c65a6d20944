"""What an evidence bundle holds for whoever checks it. Nothing here is imported."""
