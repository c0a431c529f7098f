"""The resource every asset takes: the data folder and the source, as the settings name them when a run begins."""

import dagster as dg

from pipelines import settings
from pipelines.folder import DataFolder
from pipelines.sources import Source, open_source


class Workplace(dg.ConfigurableResource):
    """Where the day works. One setting turns it: LOCKSTEP_SOURCE=sample (default), live, or history with LOCKSTEP_HISTORY."""

    def folder(self) -> DataFolder:
        """The data folder (LOCKSTEP_DATA), stamped with the source."""
        folder, source = DataFolder(settings.data_folder()), self.source()
        folder.claim(source.name, source.label)
        return folder

    def source(self) -> Source:
        """The source of answers, at its clock."""
        return open_source(settings.source(), settings.history_folder(), settings.now())
