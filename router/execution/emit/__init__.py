"""Writes Python: the only place that does.

Each function here turns a part of a laid-out plan into lines of text.  Names of the schema and of the client's
operation enter a line only through `writer.literal`, which checks them against GraphQL's Name grammar;
everything else (types of enums, functions, tables) is a constant in the namespace the text runs in.
The text does what a good answer needs; anything else raises, and the patient functions take over.
"""
