"""Lockstep's pipeline in plain Python, from the catalog to the published file.

Nothing in this package imports Dagster: `assets` wraps what is here and decides when and in which order.
"""
