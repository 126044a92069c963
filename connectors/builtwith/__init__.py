"""BuiltWith: the technologies that a company's web site uses."""
