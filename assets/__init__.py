"""Everything Dagster: which function of `pipelines` is a node, in which order, when, and what its page shows.

No parsing, no SQL text, no business rule stands here.
"""
