"""Days under random faults: vendors that misbehave, runs that are killed, a disk that is full, readers that never stop.

    make reliability DAYS=100 SEED=1

`schedule` draws what goes wrong on which day, `day` is the run that is killed, `readers` what somebody sees who looks all the
while, `harness` lets the days pass, `equality` compares what came of them, `page` writes docs/reliability.md.
"""
