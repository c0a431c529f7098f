"""Every bench of the project, one after the other: `make bench`. Each prints ratios of one run, never seconds to be believed."""

from bench import co_highs, report

if __name__ == "__main__":
    co_highs.main([])
    report.main([])
