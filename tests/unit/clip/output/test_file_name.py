"""File names: readable, safe everywhere, and the range always in them."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathvalidate import Platform, validate_filename

from clipferry.clip.errors import InvalidOutput
from clipferry.clip.model import OutputKind, Video
from clipferry.clip.output.file_name import FIELDS, MAX_BYTES, check_template, file_name, range_label, sanitise


def video(title: str = "Title", **more: str | float | None) -> Video:
    facts: dict[str, object] = {"site": "youtube", "id": "abc", "webpage_url": "https://example.org/", "formats": ()}
    return Video(title=title, **(facts | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (62, 80, "Title [1.02-1.20].mp4"),
        (62.5, 80, "Title [1.02.500-1.20].mp4"),
        (3600, 3605.25, "Title [1.00.00-1.00.05.250].mp4"),
        (None, 5, "Title [0.00-0.05].mp4"),
        (90, None, "Title [1.30-2.00].mp4"),
        (None, None, "Title.mp4"),
    ],
)
def test_the_range_is_in_the_name(start: float | None, end: float | None, name: str) -> None:
    assert file_name(video(duration_s=120.0), start, end, OutputKind.MP4) == name


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("AC/DC: Live?", "AC-DC - Live"),
        ('He said "no" <b>*</b> | x\\y', "He said 'no' (b)_(-b) - x-y"),
        ("  ..hidden.. ", "hidden"),
        ("--exec rm", "_--exec rm"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("COM¹", "_COM¹"),
        ("console", "console"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("in\u200bvis\u2066ible\ufeff", "invisible"),
        ("e\u0301te\u0301", "été"),
        ("\ud800", "abc"),
        ("???", "abc"),
        ("🎉🎊", "🎉🎊"),
        ("10.000 m", "10.000 m"),
    ],
)
def test_titles_become_plain_names(title: str, stem: str) -> None:
    assert file_name(video(title), None, None, OutputKind.MP4) == f"{stem}.mp4"


def test_a_long_title_gives_way_to_the_range() -> None:
    name = file_name(video("🎬" * 100), 62, 80, OutputKind.MP4)
    assert name.endswith("🎬… [1.02-1.20].mp4")
    assert MAX_BYTES - 8 <= len(name.encode()) <= MAX_BYTES


def test_what_makes_a_name_harmless_counts_as_well() -> None:
    name = file_name(video("a" * 400, id="-abc"), 62, 80, OutputKind.MP4, "{id} {title}")
    assert name.startswith("_-abc aaa")
    assert len(name.encode()) <= MAX_BYTES


@pytest.mark.parametrize("whole", ["e\u0323\u0302", "👍🏽", "🇪🇺", "\u1112\u1161\u11ab"])
def test_what_reads_as_one_character_is_not_split(whole: str) -> None:
    whole = unicodedata.normalize("NFC", whole)
    for lead in range(12):
        name = file_name(video("x" * lead + whole * 100), None, None, OutputKind.MP4)
        middle = name.removesuffix("….mp4")[lead:]
        assert middle == whole * (len(middle) // len(whole))


def test_every_field_of_a_template() -> None:
    template = "{date} {site} {uploader} - {title} {height} ({id}) [{range}]"
    name = file_name(video(uploader="Ann/Bob", upload_date="20260102"), 1, 2, OutputKind.WEBM, template, height=720)
    assert name == "2026-01-02 youtube Ann-Bob - Title 720p (abc) [0.01-0.02].webm"


def test_brackets_without_content_go() -> None:
    assert file_name(video(), None, None, OutputKind.MP3, "{title} ({uploader}) [{range}]") == "Title.mp3"


@pytest.mark.parametrize(
    "template", ["{titel}", "{title.__class__}", "{title!r}", "{title:>9}", "{0}", "{}", "{title", "}"]
)
def test_a_template_names_fields_and_nothing_else(template: str) -> None:
    with pytest.raises(InvalidOutput) as told:
        file_name(video(), 1, 2, OutputKind.MP4, template)
    assert "{title}" in told.value.hint


def test_a_template_cannot_leave_the_folder() -> None:
    assert (
        file_name(video("../../etc/passwd"), None, None, OutputKind.MP4, "../{title}/../x")
        == "_--..-etc-passwd-..-x.mp4"
    )


TITLES = st.text(max_size=300) | st.text(
    alphabet='conCON.NUL-/\\:*?"<>|\u202e\u200d\ufeff 🇪🇺👍🏽e\u0301\x00\n\ud800\ufffe¹', max_size=60
)


@given(
    title=TITLES,
    uploader=TITLES,
    kind=st.sampled_from(OutputKind),
    times=st.tuples(st.floats(0, 9e5), st.floats(0, 9e5)),
)
@example(title="CON .x", uploader="", kind=OutputKind.MP4, times=(0.0, 1.0))
@example(title="<\u0338", uploader=";\u037e", kind=OutputKind.MP4, times=(0.0, 1.0))
def test_every_name_is_one_that_every_file_system_takes(
    title: str, uploader: str, kind: OutputKind, times: tuple[float, float]
) -> None:
    for template in ("{title} [{range}]", "{uploader}{title}", "{uploader}", "{title}"):
        name = file_name(video(title, uploader=uploader), *times, kind, template)
        validate_filename(name, platform=Platform.UNIVERSAL, max_len=MAX_BYTES, check_reserved=True)
        assert len(name.encode()) <= MAX_BYTES
        assert name[0] not in "-. "
        assert name.endswith(f".{kind}")
        assert not name.removesuffix(f".{kind}").endswith((" ", "."))
        assert unicodedata.is_normalized("NFC", name)
        assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Co", "Zl", "Zp"}
        assert {char for char in name if unicodedata.category(char) == "Cf"} <= {"\u200c", "\u200d"}


@given(TITLES)
@example("<\u200c\u00a2")
@example("\u0905\u200d\u034f")
def test_sanitising_twice_changes_nothing(title: str) -> None:
    once = sanitise(title)
    assert sanitise(once) == once


def test_known_fields_pass_and_are_all_spelled() -> None:
    for field in FIELDS:
        check_template(f"{{{field}}}")


def test_an_open_end_of_unknown_length_is_said() -> None:
    assert range_label(video(), 62, None) == "1.02-end"


BRACKETED = "Python list[] vs tuple() - a (live) [4K]"


@pytest.mark.parametrize(
    ("template", "stem"),
    [
        ("{title} [{range}]", BRACKETED),
        ("{title}[{range}]", BRACKETED),
        ("{title}-{height}p", BRACKETED),
        ("{title} ({height}p)", BRACKETED),
        ("{title} [{range}, {height}p]", BRACKETED),
        ("{uploader} - {title}", BRACKETED),
        ("{uploader}_- {title}", BRACKETED),
        ("{title} by {uploader}", BRACKETED),
        ("{date} {uploader} {title}", BRACKETED),
        ("{id} - {uploader} - {title}", f"abc - {BRACKETED}"),
        ("{id}_{height}_{title}", f"abc_{BRACKETED}"),
        ("{title} [{range} {id}]", f"{BRACKETED} [abc]"),
        ("[clip] {title} {{x}}", f"[clip] {BRACKETED} {{x}}"),
        ("My clips - {uploader} - {title}", f"My clips - {BRACKETED}"),
    ],
)
def test_an_empty_field_takes_its_own_along_and_a_title_keeps_its_brackets(template: str, stem: str) -> None:
    assert file_name(video(BRACKETED), None, None, OutputKind.MP4, template) == f"{stem}.mp4"


@pytest.mark.parametrize(
    "spelled",
    [
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a non-joiner inside of a word
        "\u0915\u094d\u200d\u0937",  # Devanagari: a half form
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f469\u200d\u2695\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u0600\u0661\u0662",
    ],
)
def test_what_is_spelling_stays(spelled: str) -> None:
    assert sanitise(spelled) == spelled


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("pay\u200dpal", "paypal"),
        ("\u0430\u200c\u0431", "\u0430\u0431"),
        ("a\u200e\u200f\u061c\u202a\u2067\u2069b", "ab"),
        ("x\u3164\u115f\u00ad\u2060y", "xy"),
        ("a\U000e0041b", "ab"),
        ("end\u200d", "end"),
    ],
)
def test_what_deceives_goes(text: str, plain: str) -> None:
    assert sanitise(text) == plain


def test_a_family_is_not_split_by_the_length() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    for lead in range(20):
        middle = file_name(video("x" * lead + family * 30), None, None, OutputKind.MP4).removesuffix("….mp4")[lead:]
        assert middle == family * (len(middle) // len(family))
