"""`sandwatch licence`: from the table of a decision to a file the box judges by, and back."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent import durable
from agent.commands.plain import plain_errors
from agent.commands.words import Lang, Language, chosen, say
from agent.errors import Both, Mistake, SettingsError
from agent.licence.hours import date_text
from agent.licence.licence import parse_licences
from agent.run.law import load_law
from agent.run.settings import read_text
from agent.types import Json

if TYPE_CHECKING:
    from agent.desk.importer import Imported
    from agent.licence.places import Place

_CLOCK: Final = re.compile(r"([01]?\d|2[0-4])\s*(?:[:hg.]|giờ)?\s*([0-5]\d)?(?:\s*phút)?", re.IGNORECASE)

app = typer.Typer(
    help="Licences: import a corner table, check a file, export it again.", no_args_is_help=True
)


@app.command("import")
def import_(
    table: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, KML, GeoPackage or Shapefile.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The licence file to write (.geojson).")],
    meridian: Annotated[
        float | None,
        typer.Option(
            help="Central meridian printed on the decision, such as 105.0 or 105.5. Always needed.",
            show_default=False,
        ),
    ] = None,
    zone: Annotated[int, typer.Option(help="Width of the zone in degrees: 3 or 6.")] = 3,
    number: Annotated[str | None, typer.Option(help="Number of the licence.", show_default=False)] = None,
    holder: Annotated[str | None, typer.Option(help="Name of the holder.", show_default=False)] = None,
    valid_from: Annotated[str | None, typer.Option(help="First day, DD/MM/YYYY.", show_default=False)] = None,
    valid_to: Annotated[str | None, typer.Option(help="Last day, DD/MM/YYYY.", show_default=False)] = None,
    hours: Annotated[
        str | None, typer.Option(help="Hours of the day, such as 07:00-17:00.", show_default=False)
    ] = None,
    province: Annotated[
        str | None, typer.Option(help="Province that granted it.", show_default=False)
    ] = None,
    vessels: Annotated[
        Path | None, typer.Option(help="The department's list of vessels, CSV or XLSX.", show_default=False)
    ] = None,
    area_ha: Annotated[
        float | None,
        typer.Option(help="Area of the decision in hectares, to be compared.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="A map of the same mine that must agree within 3 m.", show_default=False),
    ] = None,
    river: Annotated[
        Path | None,
        typer.Option(
            help="A file of places with the river's line. Default: a coarse one of the Hậu.",
            show_default=False,
        ),
    ] = None,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Do not ask whether it lies in the river.")
    ] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="An invented licence, to test with.")
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(help="Write the preview page here. Default: beside the output.", show_default=False),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="Write the PDF to sign here. Default: beside the output.", show_default=False),
    ] = None,
    lang: Language = None,
) -> None:
    """Make a licence file from the corner table of a decision (X the northing, Y the easting, VN-2000).

    Beside it stand a preview page and a PDF sheet, to be compared with the decision on paper. Swapped columns, a wrong
    meridian or zone, crossing rings and corners far from the river are refused with a proposal. Terms that are not given
    stay out: the file is then a draft, and the box says what is missing. Needs the extra `desk`.
    """
    with plain_errors(chosen(lang)):
        _needs_desk()
        from agent.desk.conversion import Zone
        from agent.desk.importer import import_licence, shipped_rivers
        from agent.desk.preview import preview_html
        from agent.desk.sheet import sheet_pdf
        from agent.licence.places import parse_places

        if meridian is None:
            raise _wrong(
                "--meridian",
                "",
                Both(vi="thiếu", en="is missing"),
                Both(
                    vi="kinh tuyến trục in trên quyết định, ví dụ --meridian 105.5 (Cần Thơ có giấy phép ở cả 105 và 105.5)",
                    en="the one printed on the decision, such as --meridian 105.5 (Cần Thơ has licences in 105 and 105.5)",
                ),
            )
        if zone not in (3, 6):
            raise _wrong(
                "--zone",
                str(zone),
                Both(vi="không có múi này", en="is no zone"),
                Both(vi="3 hoặc 6", en="3 or 6"),
            )
        if not 102.0 <= meridian <= 110.0 or meridian * 4 % 1:
            raise _wrong(
                "--meridian",
                f"{meridian:g}",
                Both(vi="không phải là kinh tuyến trục nào", en="is no central meridian"),
                Both(vi="bội của 0,25 từ 102 đến 110", en="a multiple of 0.25 from 102 to 110"),
            )
        rivers: tuple[Place, ...] = ()
        if river is not None:
            rivers = parse_places(read_text(river), str(river))
        elif not anywhere:
            rivers = shipped_rivers()
        terms = _terms(number, holder, valid_from, valid_to, hours, province, vessels, synthetic=synthetic)
        done = import_licence(
            table,
            Zone(meridian, zone),
            terms,
            law=load_law(),
            rivers=rivers,
            area_ha=area_ha,
            against=against,
        )
        page, pdf = preview or output.with_suffix(".html"), sheet or output.with_suffix(".pdf")
        _write(output, done.text.encode())
        _write(page, preview_html(done, rivers).encode())
        _write(pdf, sheet_pdf(done))
        _told(done, output, page, pdf, lang)


def _told(done: "Imported", output: Path, page: Path, pdf: Path, lang: Lang | None) -> None:
    from agent.desk.numbers import metres_text

    corners = sum(len(ring.points) for ring in done.outline.rings)
    area = done.outline.area_ha
    say(
        Both(
            vi=f"{output}: {corners} điểm, {metres_text(area)} ha. Hãy so {page} và {pdf} với quyết định trên giấy.",
            en=f"{output}: {corners} corners, {area:.2f} ha. Compare {page} and {pdf} with the decision on paper.",
        ),
        lang,
    )
    if done.missing:
        names = ", ".join(done.missing)
        say(Both(vi=f"Bản nháp, còn thiếu: {names}", en=f"A draft, still lacking: {names}"), lang)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A licence file (.geojson).")],
    lang: Language = None,
) -> None:
    """Read a licence file as the box would; every mistake with its place and the remedy, in Vietnamese and English.

    Compares the polygon with the corner table and the hours with the law of their days. Exit code 2 if anything is wrong.
    """
    with plain_errors(chosen(lang)):
        licences = parse_licences(read_text(file), str(file))
        law = load_law()
        mistakes = [mistake for licence in licences for mistake in law.hours_mistakes(licence)]
        if mistakes:
            raise SettingsError(str(file), mistakes)
        for licence in licences:
            span = f"{date_text(licence.valid_from)} - {date_text(licence.valid_to)}"
            say(
                Both(
                    vi=f"{file}: giấy phép {licence.number}, {licence.holder}, {span}: không có lỗi",
                    en=f"{file}: licence {licence.number}, {licence.holder}, {span}: no mistakes",
                ),
                lang,
            )


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A licence file (.geojson) of one licence.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The CSV to write.")],
    polygon: Annotated[
        bool, typer.Option("--polygon", help="From the polygon the box judges by, not from the kept table.")
    ] = False,
    lang: Language = None,
) -> None:
    """Write the corner table of a licence again: VN-2000, X the northing, Y the easting, decimal commas.

    With --polygon the corners are computed back from WGS 84: compared with the table they show the error of the
    conversion, below 1 cm. Needs the extra `desk`.
    """
    with plain_errors(chosen(lang)):
        _needs_desk()
        from agent.desk.export import polygon_csv, table_csv

        licences = parse_licences(read_text(file), str(file))
        if len(licences) != 1:
            raise _wrong(
                str(file), str(len(licences)), Both(vi="có nhiều giấy phép", en="holds several licences")
            )
        (licence,) = licences
        text = polygon_csv(licence) if polygon else table_csv(licence)
        _write(output, text.encode("utf-8-sig"))
        rows = text.count("\n") - 2
        say(Both(vi=f"{output}: {rows} điểm", en=f"{output}: {rows} corners"), lang)


def _write(path: Path, content: bytes) -> None:
    try:
        durable.write_file(path, content, mode=0o644)
    except OSError as error:
        problem = Both(vi=f"không ghi được: {error.strerror}", en=f"cannot be written: {error.strerror}")
        raise _wrong(str(path), "", problem) from None


def _needs_desk() -> None:
    """The desk's libraries are not on the boat: say so in a sentence, not in a trace."""
    try:
        import pyproj
        import shapely
        import typst
    except ModuleNotFoundError as error:
        problem = Both(vi=f"thiếu thư viện {error.name}", en=f"the library {error.name} is missing")
        raise _wrong("sandwatch licence", "", problem, "pip install 'hau-sandwatch[desk]'") from None
    del pyproj, shapely, typst


def _wrong(where: str, value: str, problem: Both, allowed: Both | str = "") -> SettingsError:
    return SettingsError("command line", [Mistake(where, value, problem, allowed)])


def _terms(
    number: str | None,
    holder: str | None,
    valid_from: str | None,
    valid_to: str | None,
    hours: str | None,
    province: str | None,
    vessels: Path | None,
    *,
    synthetic: bool,
) -> dict[str, Json]:
    from agent.desk.vessel_list import read_vessels

    terms: dict[str, Json] = {"synthetic": synthetic}
    terms |= {
        name: value
        for name, value in (("number", number), ("holder", holder), ("province", province))
        if value
    }
    days = {"valid_from": _day("--valid-from", valid_from), "valid_to": _day("--valid-to", valid_to)}
    terms |= {name: day.isoformat() for name, day in days.items() if day is not None}
    if hours is not None:
        opens, closes = _hours(hours)
        first = days["valid_from"]
        terms["hours"] = [
            {
                "from": opens,
                "to": closes,
                "effective_from": None if first is None else first.isoformat(),
                "effective_to": None,
            }
        ]
        if first is None:
            problem = Both(
                vi="cần --valid-from để biết giờ có hiệu lực từ ngày nào",
                en="needs --valid-from: since which day?",
            )
            raise _wrong("--hours", hours, problem)
    if vessels is not None:
        listed = read_vessels(vessels, holder or "")
        if holder is None and len({vessel.company for vessel in listed}) > 1:
            problem = Both(
                vi="danh sách có nhiều đơn vị: cần --holder", en="names several companies: needs --holder"
            )
            raise _wrong("--vessels", str(vessels), problem)
        terms["vessels"] = [vessel.as_json() for vessel in listed]
    return terms


def _hours(text: str) -> tuple[str, str]:
    """`07:00-17:00`, also as decisions write it: `7h-17h`, `7 giờ 00 – 17 giờ 00`."""
    found = [_CLOCK.fullmatch(part.strip()) for part in re.split(r"[-–]|đến", text)]
    times = [f"{int(part[1]):02}:{part[2] or '00'}" for part in found if part is not None]
    if len(found) != 2 or len(times) != 2:
        raise _wrong("--hours", text, Both(vi="không phải là giờ", en="is no span of hours"), "07:00-17:00")
    return times[0], times[1]


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise _wrong(
        option,
        text,
        Both(vi="không phải là ngày", en="is no date"),
        Both(vi="ngày/tháng/năm, ví dụ 31/12/2027", en="day/month/year, such as 31/12/2027"),
    )
