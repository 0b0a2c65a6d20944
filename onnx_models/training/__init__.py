"""How the shipped classifiers were made, for anyone to repeat on data of their own."""
