"""The classifiers: manifest, model cards, weights and their training."""
