"""Reading JSON strictly: what counts as JSON, a number, a date, an instant; and what the refusal says."""

import datetime as dt

import pytest

from pipelines.vendors import Refused, wire


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": [1, 2', b'{"a": Infinity}', b"\xff\xfe\xfa", b"[" * 200_000, b"1" * 5000])
def test_what_is_not_json_is_refused(body):
    with pytest.raises(Refused, match="expected JSON"):
        wire.read(body)


@pytest.mark.parametrize("half", [rb"\ud800", rb"\uDFFF", rb"\udc00\ud83d", b"\xed\xa0\x80"])
def test_half_a_surrogate_pair_which_no_text_can_hold_is_refused(half):
    for body in (b'{"note": "%s"}' % half, b'{"%s": 1}' % half, b'"%s"' % half):  # found by fuzzing: polars and DuckDB fail on it
        with pytest.raises(Refused, match="expected JSON") as refused:
            wire.read(body)
        str(refused.value).encode()


def test_a_whole_surrogate_pair_is_a_letter_and_a_mark_of_byte_order_is_none():
    assert wire.read(rb'{"note": "\ud83d\udd27 \\ud800"}') == {"note": "\U0001f527 \\ud800"}
    assert wire.read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_refusal_quotes_the_opening_of_the_answer_on_one_line():
    with pytest.raises(Refused) as refused:
        wire.read(b"<html>\n  <title>Down</title>\n" + b"x" * 1000)
    assert "<html> <title>Down</title> xxx" in str(refused.value)
    assert len(str(refused.value)) < 350


@pytest.mark.parametrize(("sent", "value"), [(1, 1.0), (1.5, 1.5), ("2.50", 2.5), ("-3", -3.0), (".5", 0.5), ("1e9", 1e9), (1e22, 1e22)])
def test_numbers_and_their_decimal_texts_are_numbers(sent, value):
    assert wire.number(sent, "here") == value


@pytest.mark.parametrize("sent", [None, True, "", " 1", "1_000", "1,000", "NA", "nan", "inf", "0x10", "١", [], {}, 10**400, "1e999"])
def test_nothing_else_is_a_number(sent):
    with pytest.raises(Refused, match="expected a number in here"):
        wire.number(sent, "here")


@pytest.mark.parametrize("sent", [None, "", 20240131, "20240131", "2024-W05-3", "2024-1-31", "2024-02-30", "2024-01-31T00:00:00"])
def test_only_a_date_of_four_two_and_two_digits_is_a_date(sent):
    with pytest.raises(Refused, match="expected a date YYYY-MM-DD in here"):
        wire.day(sent, "here")


def test_seconds_before_1970_are_instants_too():
    assert wire.instant(-1_325_583_000, "here") == dt.datetime(1927, 12, 30, 14, 30, tzinfo=dt.UTC)
    assert wire.utc_day(-86_400, "here") == dt.date(1969, 12, 31)


def test_a_missing_field_is_named_beside_what_came():
    with pytest.raises(Refused, match=r"expected the field 'chart' in the answer, which reads '\{\"finance\": null\}'"):
        wire.field({"finance": None}, "chart", "the answer")
