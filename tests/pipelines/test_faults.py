"""What a vendor may do wrong, over real HTTP on loopback: named, kept, and no number lost or changed; the others go on.

Every fault of `tests.loopback.faults` is tried on a series of every vendor: at the level of capture and load, because that is
where it must end. Days, kills and readers are `bench.reliability`.
"""

import re
import shutil
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import trustme

from pipelines import catalog, day, ingest, schemas
from pipelines.folder import DataFolder
from pipelines.ingest import Loaded
from pipelines.sources import Unreachable, open_source
from pipelines.sources.live import Live, Patience
from pipelines.vendors import Request
from pipelines.warehouse import query
from tests.loopback.faults import FAULTS
from tests.loopback.source import Moving
from tests.loopback.vendors import Vendors

FIRST = datetime(2026, 3, 30, 12, tzinfo=UTC)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=1, hours=1)
OF_EACH_VENDOR = ["sp500", "on_rrp", "gold", "treasury_cash_daily", "treasury_outright_operations"]
OF_EACH_VENDOR += ["btc_usd_coinbase", "btc_usd_kraken", "btc_usd_coinmetrics"]
CONTROL = "sofr"
ON_THE_WIRE = {"429_with_retry_after", "429_without_retry_after", "500", "503_with_html", "slow_bytes", "silence", "no_byte", "not_found"}
ON_THE_WIRE |= {"reset_in_the_middle", "cut_short", "chunk_cut_short", "gzip_cut_short", "50_mb_of_nothing", "gzip_bomb"}
ON_THE_WIRE |= {"redirect_elsewhere", "redirect_in_a_circle"}  # the same door for every vendor: one of each format is enough
HIDDEN_BY_ITS_WINDOW = {("future_dates", name) for name in ("sp500", "treasury_outright_operations", "btc_usd_coinbase")}
OPERATIONS = "treasury_outright_operations"  # the second question of its pass, what is announced, has no rows to spoil


@pytest.fixture(scope="module")
def wire() -> Iterator[Vendors]:
    vendors = Vendors(Moving(open_source("sample")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKSTEP_VENDOR_BASE", vendors.base)
        yield vendors
    vendors.close()


@pytest.fixture(autouse=True)
def no_faults(wire: Vendors) -> Iterator[None]:
    """None is in place when a test begins, nor when fixtures of the next one are made."""
    yield
    wire.faults.clear()


def door(now: datetime) -> Live:
    return Live(now, Patience(connect=5, read=2, attempts=2, backoff=0.001, deadline=2), pause=lambda seconds: None)


def take(wire: Vendors, folder: DataFolder, now: datetime, names: list[str]) -> list[Loaded]:
    """One pass over these series: capture and load."""
    wire.source.move(now)
    folder.claim("live", "")
    with folder.warehouse().writing() as warehouse:
        ingest.capture(door(now), folder.archive, warehouse, [catalog.by_id(name) for name in names], lambda line: None)
        return ingest.load(folder.archive, warehouse, lambda line: None)


def rows(folder: DataFolder, names: list[str]) -> list[pl.DataFrame]:
    """All that is held of these series, without the name of the answer it came in."""
    with folder.warehouse().writing() as warehouse:
        query = "select * exclude (capture_id) from raw.{} where list_contains(?, series_id) order by all"
        return [warehouse.frame(query.format(shape), [names]) for shape in schemas.SHAPES]


def same(one: list[pl.DataFrame], other: list[pl.DataFrame]) -> bool:
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def first(wire: Vendors, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A first pass without a fault."""
    folder = DataFolder(tmp_path_factory.mktemp("first"))
    assert {item.outcome for item in take(wire, folder, FIRST, [*OF_EACH_VENDOR, CONTROL])} == {"accepted"}
    return folder


@pytest.fixture(scope="module")
def twins(wire: Vendors, first: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DataFolder]:
    """Passes without a fault: the second, both, and the third alone, as where nothing of the second could be used."""
    folders = {}
    for name, clocks in {"second": (SECOND,), "both": (SECOND, THIRD), "third": (THIRD,)}.items():
        folders[name] = DataFolder(Path(shutil.copytree(first.path, tmp_path_factory.mktemp(name) / "data")))
        for clock in clocks:
            take(wire, folders[name], clock, [*OF_EACH_VENDOR, CONTROL])
    return folders


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_answer_is_named_and_kept_and_changes_nothing_and_is_asked_for_again(wire, first, twins, tmp_path, name):
    fault, spoilt = FAULTS[name], OF_EACH_VENDOR[:2] if name in ON_THE_WIRE else OF_EACH_VENDOR
    folder = DataFolder(Path(shutil.copytree(first.path, tmp_path / "data")))
    for series_id in spoilt:
        wire.plant(series_id, fault)
    loaded = [item for item in take(wire, folder, SECOND, [*spoilt, CONTROL]) if item.series_id != CONTROL]
    for item in loaded:
        is_hidden = (name, item.series_id) in HIDDEN_BY_ITS_WINDOW or (item.series_id == OPERATIONS and item.capture_id.endswith("1"))
        assert is_hidden or item.outcome in fault.outcomes, item
        assert item.outcome == "accepted" or is_hidden or re.search(fault.reason, item.reason or ""), item
        kept = folder.archive.read(item.capture_id)
        assert (kept.sha256 is None) == (item.outcome == "unreachable")
        assert item.outcome == "unreachable" or folder.archive.body(kept) is not None
    assert same(rows(folder, [CONTROL]), rows(twins["second"], [CONTROL]))
    wire.faults.clear()
    take(wire, folder, THIRD, spoilt)
    for series_id in spoilt:
        is_accepted = {item.outcome for item in loaded if item.series_id == series_id} == {"accepted"}
        assert same(rows(folder, [series_id]), rows(twins["both" if is_accepted else "third"], [series_id])), series_id


def test_a_day_of_faults_publishes_what_the_others_say(wire, tmp_path):
    folder, names = DataFolder(tmp_path), [*OF_EACH_VENDOR[:5], "btc_usd", "fed_total_assets", "treasury_general_account"]
    take(wire, folder, FIRST, names)
    with folder.warehouse().writing() as warehouse:
        before = by_series(warehouse.frame("select series_id, session_date, close from raw.price_bars order by 1, 2"))
    wire.source.move(SECOND)
    wrong = {"sp500": "html_with_status_200", "on_rrp": "units_times_1000", "gold": "nan", "treasury_cash_daily": "500"}
    for series_id, fault in wrong.items():
        wire.plant(series_id, FAULTS[fault])
    done = day.run(door(SECOND), folder, lambda line: None, map(catalog.by_id, names))
    assert done.published is not None
    listed = query(folder.market, "select series_id, outcome, reason from core.captures where outcome <> 'accepted'").rows()
    assert {series_id: outcome for series_id, outcome, _ in listed} == dict.fromkeys(wrong, "refused")
    after = by_series(query(folder.market, "select series_id, session_date, close from core.price_bars order by 1, 2"))
    assert (after["sp500"], after["gold"]) == (before["sp500"], before["gold"])
    assert len(after["btc_usd"]) == len(before["btc_usd"]) + 1


def test_a_good_answer_over_http_is_the_same_without_it(first, tmp_path):
    folder, source = DataFolder(tmp_path), open_source("sample", now=FIRST)
    names = [name for name in OF_EACH_VENDOR if source.holds(catalog.by_id(name))]
    with folder.warehouse().writing() as warehouse:
        ingest.capture(source, folder.archive, warehouse, map(catalog.by_id, names), lambda line: None)
        ingest.load(folder.archive, warehouse, lambda line: None)
    assert len(names) == 5 and same(rows(first, names), rows(folder, names))


def by_series(closes: pl.DataFrame) -> dict[str, list[tuple]]:
    return {name: rows.drop("series_id").rows() for (name,), rows in closes.group_by("series_id", maintain_order=True)}


def test_no_answer_at_all_is_recorded_and_stops_nobody(wire, tmp_path, monkeypatch):
    gone = Vendors(wire.source)
    gone.close()
    monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", gone.base)
    done = day.run(door(FIRST), DataFolder(tmp_path), lambda line: None, map(catalog.by_id, OF_EACH_VENDOR[:3]))
    assert {loaded.outcome for loaded in done.refused} == {"unreachable"}
    assert query(tmp_path / "market.duckdb", "select distinct outcome from core.captures")["outcome"].to_list() == ["unreachable"]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def over_tls(wire: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """The vendors over TLS, with the certificate that is given."""
    opened: list[Vendors] = []

    def serve(certificate: trustme.LeafCert) -> Vendors:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        opened.append(Vendors(wire.source, context))
        monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", opened[-1].base)
        return opened[-1]

    yield serve
    for vendors in opened:
        vendors.close()


QUESTION = Request("fred", "on_rrp", "https://fred.stlouisfed.org/graph/fredgraph.csv", (("id", "RRPONTSYD"),))


def test_a_certificate_whose_authority_is_trusted_is_enough(over_tls, authority, monkeypatch, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    over_tls(authority.issue_cert("127.0.0.1"))
    assert door(FIRST).send(QUESTION).status == 200


@pytest.mark.parametrize("wrong", ["made by oneself", "of another host", "no longer valid"])
def test_a_bad_certificate_is_no_answer_and_nothing_was_asked_through_it(over_tls, authority, monkeypatch, tmp_path, wrong):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    if wrong == "made by oneself":
        served = over_tls(trustme.CA().issue_cert("127.0.0.1"))
    elif wrong == "of another host":
        served = over_tls(authority.issue_cert("fred.stlouisfed.org"))
    else:
        served = over_tls(authority.issue_cert("127.0.0.1", not_after=datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(Unreachable, match=r"FRED.*no answer for on_rrp .*certificate verify failed"):
        door(FIRST).send(QUESTION)
    assert served.asked == []


def test_a_day_behind_a_bad_certificate_says_so_and_holds_what_was_known_before(over_tls, authority, first, tmp_path):
    folder = DataFolder(Path(shutil.copytree(first.path, tmp_path / "data")))
    before = rows(folder, OF_EACH_VENDOR)
    served = over_tls(authority.issue_cert("127.0.0.1"))
    loaded = take(served, folder, SECOND, OF_EACH_VENDOR)
    assert {item.outcome for item in loaded} == {"unreachable"}
    assert all("certificate verify failed" in (item.reason or "") for item in loaded)
    assert same(rows(folder, OF_EACH_VENDOR), before)
