"""Whether any bytes make a parser do anything but read or refuse: `make fuzz`.

`answers` holds one good answer of every form a vendor has, `mutations` makes bad ones of it (hypothesis), `guided` lets the
coverage lead (atheris, in an environment of its own), `__main__` runs both and writes docs/fuzzing.md.
"""
