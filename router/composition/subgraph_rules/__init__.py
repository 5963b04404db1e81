"""Rules that look at one subgraph alone; ``rules.py`` lists them in order."""
