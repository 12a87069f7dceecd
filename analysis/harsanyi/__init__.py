"""Around the program harsanyi: samples to give it, and its results read, drawn and reported."""
