"""The `lockstep` command: the same functions that Dagster runs, from a shell. The subcommands stand in `pipelines.commands`."""

import click

from pipelines.commands import Door
from pipelines.commands.alerts import alerts
from pipelines.commands.ask import ask
from pipelines.commands.claims import claims_group
from pipelines.commands.day import build, capture, load, publish, replay, run
from pipelines.commands.explain import explain
from pipelines.commands.look import docs, sql, status
from pipelines.commands.report import report
from pipelines.commands.timeline import timeline


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lockstep", prog_name="lockstep")
def main() -> None:
    """A daily, local-first macro warehouse: who is at a record, who is not, and what the Fed did.

    \b
    Start with:   lockstep run            the day on the embedded sample
    Then:         lockstep sql "select * from mart.market_state"
    For real:     lockstep run --live --data live
    """


for command in (run, capture, load, build, publish, replay, sql, ask, claims_group, explain, timeline, report, status, alerts, docs):
    main.add_command(command)

if __name__ == "__main__":
    main()
