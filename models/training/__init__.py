"""The training line: prepare, train, export, evaluate, and the loop with real frames. See README.md.

Nothing of the product imports this package; it needs the extra `train`.
"""
