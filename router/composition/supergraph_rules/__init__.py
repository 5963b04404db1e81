"""Rules that look at all subgraphs and what merging made of them; ``rules.py`` lists them."""
