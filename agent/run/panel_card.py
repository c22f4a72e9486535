"""The card to laminate beside the box: what its lamps mean, drawn from the patterns that the lamps follow."""

from html import escape
from typing import Final

from hw.panel import LAMP, TOLD, News, Pattern, Sign

WIDE, ROW, SECONDS = 860, 46, 6.0
TRACK_X, TRACK_WIDE = 560, 270

MEANING: Final[dict[Sign, tuple[str, str]]] = {
    Sign.WELL: ("Bình thường", "All is well"),
    Sign.NO_POSITION: ("Không có vị trí: xem ăng-ten, dây máy thu", "No position: antenna, receiver's cable"),
    Sign.BLIND: ("Camera không thấy: lau kính, xem dây, hướng", "A camera sees nothing: lens, cable, aim"),
    Sign.NO_ROOM: ("Thẻ dữ liệu mất hoặc sai thẻ", "Data card missing, or another one"),
    Sign.STUCK: ("Phần mềm đứng: chờ 5 phút, hộp tự khởi động lại", "Software stands still: wait 5 minutes"),
    Sign.TRIAL: ("Đang thử cấu hình mới: đừng tắt nguồn", "A new config is on trial: keep the power on"),
}
STICK: Final[dict[News, tuple[str, str]]] = {
    News.CONFIRMED: ("USB: đã nhận cấu hình", "Stick: the config is taken"),
    News.REFUSED: ("USB: bị từ chối", "Stick: refused"),
    News.ROLLED_BACK: ("USB: đã trả về cấu hình cũ", "Stick: back to the config before"),
}
POWER: Final = (
    "Đèn nguồn sáng: hộp có điện. Nhấn nút: đèn nháy hai lần",
    "Power lamp on: powered. Press the button: it nods twice",
)
KEY: Final = ("Đèn thứ hai, khi vặn chìa của kỹ thuật viên", "Second lamp, with the technician's key turned")
BUZZ: Final = ("Đèn thứ hai và còi, sau khi cắm USB", "Second lamp and buzzer, after a config stick")


def card() -> str:
    """The card as SVG, Vietnamese first; each row with six seconds of its lamp."""
    rows: list[str] = []
    y = 64
    rows.append(_words(y, POWER, bold=True))
    for heading, patterns in (
        (KEY, [(MEANING[sign], pattern) for sign, pattern in LAMP.items()]),
        (BUZZ, [(STICK[news], pattern) for news, pattern in TOLD.items()]),
    ):
        y += ROW + 14
        rows.append(_words(y, heading, bold=True))
        for meaning, pattern in patterns:
            y += ROW
            once = heading is BUZZ
            rows += [_words(y, meaning), _track(y, pattern, once=once)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {y + 40}" font-family="sans-serif">\n'
        f'<rect width="{WIDE}" height="{y + 40}" fill="#fff" stroke="#222" stroke-width="3"/>\n'
        '<text x="24" y="36" font-size="20" font-weight="bold">Sandwatch</text>\n'
        + "".join(rows)
        + "</svg>\n"
    )


def _words(y: int, said: tuple[str, str], *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="24" y="{y}" font-size="16"{weight}>{escape(said[0])}</text>\n'
        f'<text x="24" y="{y + 17}" font-size="12" fill="#555">{escape(said[1])}</text>\n'
    )


def _track(y: int, pattern: Pattern, *, once: bool) -> str:
    """Six seconds from left to right: filled where the lamp is on."""
    scale = TRACK_WIDE / SECONDS
    drawn = [f'<rect x="{TRACK_X}" y="{y - 14}" width="{TRACK_WIDE}" height="20" fill="#e8e8e8"/>\n']
    at_s, number = 0.0, 0
    while at_s < SECONDS and not (once and number >= len(pattern)):
        long_s = min(pattern[number % len(pattern)], SECONDS - at_s)
        if number % 2 == 0 or len(pattern) == 1:
            drawn.append(
                f'<rect x="{TRACK_X + at_s * scale:.1f}" y="{y - 14}" width="{long_s * scale:.1f}" height="20"'
                ' fill="#d60"/>\n'
            )
        at_s += long_s
        number += 1
    return "".join(drawn)
