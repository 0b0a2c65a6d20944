"""Forms: read strictly, and edited so that every other byte survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.wire.document import Upload
from gateway.wire.multipart import form
from gateway.wire.splice import Edit

TYPE = b"multipart/form-data; boundary=xYz"
FORM = form(TYPE)


def part(name: str, content: bytes, more: str = "", extra: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n{extra}\r\n'.encode() + content


def body(*parts: bytes) -> bytes:
    return b"".join(b"--xYz\r\n" + each + b"\r\n" for each in parts) + b"--xYz--\r\n"


FILE = part("file", b"\x00\xff\r\n--xY", '; filename="a b.bin"', "Content-Type: audio/wav\r\n")


def test_fields_files_and_lists() -> None:
    raw = body(part("prompt", "hé".encode()), FILE, part("x[]", b"1"), part("x[]", b"2"), part("e", b""))
    assert FORM.fields(raw) == {
        "prompt": "hé",
        "file": Upload(b"\x00\xff\r\n--xY", "a b.bin", b"audio/wav"),
        "x[]": ["1", "2"],
        "e": "",
    }


def test_a_name_that_is_spelled_twice_alike_is_one() -> None:
    (upload,) = FORM.fields(body(part("f", b"1", "; filename=\"a b\"; filename*=utf-8''a%20b"))).values()
    assert upload == Upload(b"1", "a b")


def test_only_what_is_edited_changes() -> None:
    raw = body(part("prompt", "hé a@b.c".encode()), FILE, part("x[]", b"1"), part("x[]", b"a@b.c"))
    edits = [Edit("/prompt", 3, 8, "[E]"), Edit("/x[]/1", 0, 5, "[E]")]
    assert FORM.splice(raw, edits) == raw.replace(b"a@b.c", b"[E]")
    assert FORM.splice(raw, []) == raw


def test_rows_of_a_file_are_edited_in_place() -> None:
    rows = b'{"a" : "x@y"}\r\n\n{"b":["x@y", 1e0]}'
    raw = body(part("file", rows, '; filename="b.jsonl"'))
    out = FORM.splice(raw, [Edit("/file/rows/2/b/0", 0, 3, "[E]")], ["/file/rows/0/a"])
    assert out == raw.replace(b'"a" : "x@y"', b"").replace(b"x@y", b"[E]")


@pytest.mark.parametrize(
    "edit",
    [
        Edit("/nothing", 0, 1, "x"),
        Edit("/prompt/more", 0, 1, "x"),
        Edit("/prompt/0", 0, 1, "x"),
        Edit("/x[]/2", 0, 1, "x"),
        Edit("/file/rows/9/a", 0, 1, "x"),
        Edit("/file/filename", 0, 1, "x"),
        Edit("", 0, 1, "x"),
    ],
)
def test_an_edit_of_nothing_is_a_fault(edit: Edit) -> None:
    raw = body(part("prompt", b"a"), part("x[]", b"1"), FILE)
    with pytest.raises(LookupError):
        FORM.splice(raw, [edit])


GOOD = part("a", b"1")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed_form"),
        (b"--xYz--\r\n", "malformed_form"),
        (b"before\r\n" + body(GOOD), "malformed_form"),
        (body(GOOD) + b"after", "malformed_form"),
        (body(GOOD)[:-6], "malformed_form"),
        (body(GOOD).replace(b"--xYz\r\n", b"--xYz \r\n"), "malformed_form"),
        (body(GOOD).replace(b"\r\n", b"\n"), "malformed_form"),
        (body(b"no header"), "malformed_form"),
        (body(b"\r\nno header"), "malformed_form"),
        (body(b"Content-Type: text/plain\r\n\r\n1"), "malformed_form"),
        (body(part("a", b"1", '; name="b"')), "malformed_form"),
        (body(part('a\\"b', b"1")), "malformed_form"),
        (body(part("a%22", b"1")), "malformed_form"),
        (body(part("", b"1")), "malformed_form"),
        (body(part("a", b"1", "; filename*=utf-8''x")), "malformed_form"),
        (body(part("a", b"1", "; filename=y; filename*=utf-8''x")), "malformed_form"),
        (body(part("a", b"1", "; filename=x; filename*=latin-1''x")), "malformed_form"),
        (body(part("a", b"1", "; name*=utf-8''b")), "malformed_form"),
        (body(part("a", b"1", "; filename=x y")), "malformed_form"),
        (body(part("a", b"1", extra="Content-Transfer-Encoding: base64\r\n")), "malformed_form"),
        (body(part("a", b"1", extra="Content-Type: text/plain; charset=utf-7\r\n")), "malformed_form"),
        (body(part("a", b"1", extra="X: a\r\n b\r\n")), "malformed_form"),
        (body(part("a", b"1", extra="X: a\nY: b\r\n")), "malformed_form"),
        (body(part("a", b"1", extra='Content-Disposition: form-data; name="b"\r\n')), "malformed_form"),
        (body(GOOD, part("a", b"2")), "duplicate_field"),
        (body(part("a", b"\xff")), "invalid_utf8"),
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(CallerError) as refused:
        FORM.fields(raw)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"text/plain; boundary=x",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=" + b"x" * 71,
        b"multipart/form-data; boundary=a; boundary=b",
        b'multipart/form-data; boundary="a',
    ],
)
def test_a_form_needs_its_boundary(content_type: bytes) -> None:
    with pytest.raises(CallerError):
        form(content_type)


@pytest.mark.parametrize("spelled", [b'"xYz"', b"xYz", b'"xYz" ; charset=utf-8'])
def test_spellings_of_the_boundary(spelled: bytes) -> None:
    assert form(b"Multipart/Form-Data;boundary=" + spelled).boundary == b"xYz"


@given(st.binary(max_size=80) | st.lists(st.sampled_from([b"--xYz", b"\r\n", b"--", b'name="a"', b"; ",
       b"Content-Disposition: form-data", b"\n", b"x"]), max_size=14).map(b"".join))  # fmt: skip
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    try:
        FORM.fields(raw)
    except CallerError:
        return
    assert FORM.splice(raw, []) == raw


@given(st.binary(max_size=30), st.text(max_size=10).filter(lambda text: "xYz" not in text))
def test_contents_come_back(data: bytes, text: str) -> None:
    if b"--xYz" in data:
        return
    raw = body(part("t", text.encode()), part("f", data, '; filename="f"'))
    assert FORM.fields(raw) == {"t": text, "f": Upload(data, "f", b"")}
