"""`sandwatch bundle wizard`: the config of one box, by questions in the language of whoever answers.

Each answer is judged at once by the settings themselves, so that what they would refuse is asked again with their
own sentence. At the end the file is written, and checked as `sandwatch check` does it.
"""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.interview import Interview, Key, Reader, Unreadable, day, number, yes
from agent.commands.plain import plain_errors
from agent.commands.words import Language, chosen, say
from agent.errors import Both, Mistake, SettingsError

MOST_FILES = 20


def wizard(
    folder: Annotated[Path, typer.Argument(help="New folder for this box, such as BOXES/SW-CT-0001.")],
    lang: Language = None,
) -> None:
    """Write the config of one box by questions, and check it: the folder is then ready for `bundle make`.

    Every answer is checked at once. Enter takes what stands in brackets; where nothing stands there, it leaves out
    what is not needed. Licences are copied beside the config.
    """
    import tomli_w

    from agent import durable
    from agent.bundle import SETTINGS
    from agent.run.build import tools

    with plain_errors(chosen(lang)):
        file = folder / SETTINGS
        if file.exists():
            there = Both(vi="đã có; chọn thư mục khác", en="is there already; name another folder")
            raise SettingsError(str(file), [Mistake("FOLDER", "", there)])
        interview = Interview(lang)
        _box_and_vessel(interview, folder.name)
        _position(interview)
        _cameras(interview)
        licences = _licences(interview)
        _station(interview)
        _installation(interview)
        if licences:
            interview.table["licences"] = {"files": list(licences)}
        durable.make_folder(folder)
        for name, source in licences.items():
            shutil.copyfile(source, folder / name)
        durable.write_file(file, tomli_w.dumps(interview.table).encode())
        say(Both(vi=f"Đã viết {file}.", en=f"{file} is written."), lang)
        try:
            tools.check(file)
        except SettingsError as error:
            interview.tell(error.mistakes)
            again = f"sandwatch check {file}"
            say(Both(vi=f"Sửa trong tệp, rồi: {again}", en=f"Mend that in the file, then: {again}"), lang)
            raise typer.Exit(1) from None
    following = f"sandwatch bundle make {folder}"
    say(Both(vi=f"Không có lỗi. Tiếp theo: {following}", en=f"No mistakes. Next: {following}"), lang)


def _box_and_vessel(interview: Interview, named: str) -> None:
    interview.ask(
        ("device", "id"), Both(vi="Tên của hộp", en="Name of the box"), default=named.replace(" ", "-")
    )
    interview.ask(
        ("own_vessel", "kind"),
        Both(
            vi="Tàu khai thác (dredger) hay tàu tuần tra (patrol)?",
            en="A dredger, or a patrol boat (patrol)?",
        ),
        default="dredger",
    )
    interview.ask(("own_vessel", "name"), Both(vi="Tên tàu", en="Name of the vessel"), needed=False)
    interview.ask(
        ("own_vessel", "hull_number"),
        Both(
            vi="Số đăng ký, đúng như trong giấy phép",
            en="Hull number, as it stands in the licence",
        ),
        needed=interview.table["own_vessel"]["kind"] == "dredger",
    )
    has_gear = interview.ask(
        ("own_vessel", "has_gear"),
        Both(
            vi="Trên tàu có cẩu, máy đào hoặc bơm hút không?",
            en="Does a crane, excavator or pump stand on her?",
        ),
        yes,
        default=interview.word(affirms=interview.table["own_vessel"]["kind"] == "dredger"),
    )
    if has_gear:
        interview.ask(
            ("own_vessel", "bucket_m3"),
            Both(
                vi="Dung tích gàu, m³ (Enter: theo giấy phép)",
                en="The bucket, m³ (Enter: as the licence lists it)",
            ),
            number,
            needed=False,
        )


def _position(interview: Interview) -> None:
    interview.ask(
        ("gnss", "source"), Both(vi="Máy thu định vị", en="The GNSS receiver"), default="/dev/ttyACM0"
    )
    if not interview.table["own_vessel"]["has_gear"]:
        return
    forward_m = interview.ask(
        ("gear", "forward_m"),
        Both(
            vi="Từ ăng-ten đến chỗ gàu xuống nước, về phía mũi, mét; phía lái là số âm (Enter: đo sau, mọi khoảng cách thêm sai số 20 m)",
            en="From the antenna to where the bucket goes into the water, metres ahead; astern is negative (Enter: measured later, 20 m of doubt until then)",
        ),
        number,
        needed=False,
    )
    if forward_m is None:
        return
    interview.ask(
        ("gear", "right_m"),
        Both(vi="… sang mạn phải, mét; mạn trái là số âm", en="… to starboard, metres; to port is negative"),
        number,
        default="0",
    )
    interview.ask(
        ("gear", "sweep_m"),
        Both(
            vi="Khi quay cần, gàu ra xa chỗ đó bao nhiêu mét",
            en="How far from there the bucket comes as the crane slews, metres",
        ),
        number,
    )


def _cameras(interview: Interview) -> None:
    from agent.run.settings_mistakes import MOST_CAMERAS

    kind, has_gear = interview.table["own_vessel"]["kind"], interview.table["own_vessel"]["has_gear"]
    for count in range(MOST_CAMERAS):
        key: Key = ("camera", count)
        url = interview.ask(
            (*key, "url"),
            Both(
                vi=f"Camera {count + 1}: địa chỉ, như /dev/video0 hoặc rtsp://… (Enter: không còn camera)",
                en=f"Camera {count + 1}: its address, such as /dev/video0 or rtsp://… (Enter: no more)",
            ),
            needed=False,
        )
        if url is None:
            break
        interview.ask(
            (*key, "name"),
            Both(vi="… tên ngắn, chữ thường không dấu", en="… a short name in small letters"),
            _other_than([camera["name"] for camera in interview.table["camera"][:count]]),
            default=("deck", "bow", "stern", "side")[count],
        )
        interview.ask(
            (*key, "second_url"),
            Both(vi="… địa chỉ luồng hình nhỏ, nếu có", en="… address of its small stream, if it has one"),
            needed=False,
        )
        interview.ask(
            (*key, "mount"),
            Both(
                vi="… nhìn máy của tàu này (own_gear), từ tàu tuần tra (patrol) hay từ bờ (bank)?",
                en="… looks at her own machine (own_gear), from a patrol boat (patrol), or from the bank?",
            ),
            default="own_gear" if kind == "dredger" and has_gear else "patrol",
        )
    if "camera" in interview.table:
        interview.table["detector"] = {"model": "shipped"}


def _licences(interview: Interview) -> dict[str, Path]:
    """The licences to copy, under the names that a bundle takes."""
    from agent.licence.licence import parse_licences
    from agent.run.settings import read_text

    taken: dict[str, Path] = {}
    question = Both(
        vi="Tệp giấy phép .geojson của tàu này (Enter: không còn)",
        en="A licence of hers, a .geojson (Enter: no more)",
    )
    while len(taken) < MOST_FILES and (text := interview.line(question)):
        source = Path(text).expanduser()
        try:
            parse_licences(read_text(source), str(source))
        except SettingsError as error:
            interview.tell(error.mistakes)
            continue
        plain = "".join(
            letter if letter.isascii() and letter.isalnum() else "-" for letter in source.stem.lower()
        )
        name = "-".join(part for part in plain.split("-") if part) or "licence"
        if f"{name}.geojson" in taken:
            name = f"{name}-{len(taken) + 1}"
        taken[f"{name}.geojson"] = source
    return taken


def _station(interview: Interview) -> None:
    key = interview.ask(
        ("station", "public_key"),
        Both(
            vi="Khóa công khai của trạm, như sandwatch-station enrol in ra (Enter: không có trạm)",
            en="Public key of the station, as sandwatch-station enrol prints it (Enter: no station)",
        ),
        needed=False,
    )
    if key is None:
        interview.table.pop("station", None)
        return
    interview.ask(
        ("station", "url"),
        Both(
            vi="Địa chỉ của trạm, https://… (Enter: mang lên bờ bằng USB)",
            en="Address of the station, https://… (Enter: carried ashore by stick)",
        ),
        needed=False,
    )


def _installation(interview: Interview) -> None:
    owner = interview.ask(
        ("installation", "owner"),
        Both(
            vi="Ai sở hữu hộp này? (Enter: chưa ghi; mọi sự kiện khi đó chỉ là đầu mối)",
            en="Who owns this box? (Enter: not recorded; every event is then only a lead)",
        ),
        needed=False,
    )
    if owner is None:
        return
    questions: tuple[tuple[str, Both, Reader, str], ...] = (
        (
            "regime",
            Both(
                vi="Do cơ quan quản lý lắp (authority) hay doanh nghiệp cấp (supplied)?",
                en="Put up by the authority, or supplied by the company (supplied)?",
            ),
            str,
            "authority",
        ),
        ("answerable", Both(vi="Ai chịu trách nhiệm", en="Who answers for it"), str, str(owner)),
        ("installer", Both(vi="Ai lắp", en="Who put it up"), str, ""),
        ("installed_on", Both(vi="Ngày lắp", en="The day it was put up"), day, ""),
    )
    for name, question, read, default in questions:
        interview.ask(("installation", name), question, read, default=default)


def _other_than(names: list[str]) -> Reader:
    def read(text: str) -> str:
        if text in names:
            raise Unreadable(f"{text}: đã có camera tên này", f"{text}: another camera has that name")
        return text

    return read
