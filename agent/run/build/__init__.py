"""The only place that joins agent, hw and models: a plan in, a running box out.

Nothing is imported here: the eyes' own process loads `sight` and shall not carry the rest.
"""
