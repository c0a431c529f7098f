"""Whether Lockstep's numbers equal those of other libraries: vectorbt and ffn for drawdowns, pyunicorn for coincidence.

`export` runs in our environment and writes our tables as CSV; `compare` runs in the peers' own environment, reads those
files and nothing of ours, and writes docs/peers.md. Neither side imports the other's libraries.
"""
