"""What a technician is told before he leaves the boat: each finding with its remedy, in his language.

Measured values go in, sentences come out; who measures is `agent.run.build.doctor`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.errors import Both
from agent.position.geodesy import distance_m
from agent.types import ClockQuality, Fix

HOT_C = 80.0
LOW_MEMORY_MB = 60
WORN = 0.8
POOR_ERROR_M = 25.0
FLAT_GREY = 8.0  # standard deviation of a picture's grey: below it there is next to nothing to see
LEANS_DEG = 6.0
SMALL_BUCKET_PX = 16.0  # high, at the detector's input: below it nine of ten are missed (models/cards)
LANDMARK_M = 25.0  # how well a place on land is known, and how far from it the antenna may be


class Grade(StrEnum):
    OK = "ok"
    NOTE = "note"  # it works, and something should be known
    MISSING = "missing"  # the box is not ready


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at; `remedy` where there is something to do."""

    grade: Grade
    what: Both
    remedy: Both | None = None


def ok(vi: str, en: str) -> Found:
    return Found(Grade.OK, Both(vi=vi, en=en))


def note(what: Both, remedy: Both | None = None) -> Found:
    return Found(Grade.NOTE, what, remedy)


def missing(what: Both, remedy: Both) -> Found:
    return Found(Grade.MISSING, what, remedy)


def of_clock(utc: datetime | None, quality: ClockQuality) -> Found:
    if utc is None:
        return note(
            Both(vi="Đồng hồ hệ thống chưa có giờ đúng.", en="The system clock does not know the time."),
            Both(
                vi="Hộp lấy giờ từ vệ tinh; chờ máy thu có vị trí.",
                en="The box dates by the receiver; wait until that has a position.",
            ),
        )
    return ok(
        f"Đồng hồ: {utc:%d/%m/%Y %H:%M} UTC, nguồn {quality.value}.",
        f"Clock: {utc:%d/%m/%Y %H:%M} UTC, by {quality.value}.",
    )


def of_fix(fix: Fix | None, seconds: float, said: str = "") -> Found:
    """The best fix of so many seconds of listening; `said` is what the receiver's line said last."""
    if fix is None:
        return missing(
            Both(
                vi=f"Máy thu không gửi gì trong {seconds:.0f} giây. {said}".strip(),
                en=f"Nothing came from the receiver in {seconds:.0f} s. {said}".strip(),
            ),
            Both(
                vi="Kiểm tra dây, nguồn của máy thu và gnss.source.",
                en="Check its cable, its power, and gnss.source.",
            ),
        )
    if fix.lat_deg is None or fix.lon_deg is None:
        return missing(
            Both(
                vi="Máy thu hoạt động nhưng chưa có vị trí.", en="The receiver lives and has no position yet."
            ),
            Both(
                vi="Đưa ăng-ten ra chỗ thấy trời, chờ 2 phút rồi chạy lại.",
                en="Give the antenna open sky, wait two minutes, and run this again.",
            ),
        )
    place = f"{fix.lat_deg:.5f}, {fix.lon_deg:.5f}"
    if fix.error_m is None or fix.error_m > POOR_ERROR_M:
        error = "?" if fix.error_m is None else f"{fix.error_m:.0f}"
        return note(
            Both(vi=f"Vị trí {place}, sai số ± {error} m.", en=f"Position {place}, ± {error} m."),
            Both(
                vi="Sai số lớn: kiểm tra ăng-ten có bị che không.",
                en="That is poor: is the antenna covered by something?",
            ),
        )
    return ok(f"Vị trí {place} ± {fix.error_m:.0f} m.", f"Position {place} ± {fix.error_m:.0f} m.")


def of_landmark(fix: Fix, lat_deg: float, lon_deg: float) -> Found:
    """A fix beside a known place: an offset is named for what it usually is (the datum, the sign of its shift, a meridian)."""
    if fix.lat_deg is None or fix.lon_deg is None:
        return of_fix(fix, 0)
    away_m = distance_m(fix.lat_deg, fix.lon_deg, lat_deg, lon_deg)
    if away_m <= LANDMARK_M + (fix.error_m or 0.0):
        return ok(f"Mốc cách {away_m:.0f} m: đúng.", f"The landmark is {away_m:.0f} m away: that is right.")
    what = Both(vi=f"Mốc cách {away_m:.0f} m.", en=f"The landmark is {away_m:.0f} m away.")
    if 190 <= away_m <= 260:
        remedy = Both(
            vi="Khoảng 225 m: tọa độ VN-2000 được đọc như WGS 84. Chuyển tọa độ mốc (sandwatch licence import).",
            en="About 225 m: coordinates in VN-2000 were read as WGS 84. Convert those of the landmark (sandwatch licence import).",
        )
    elif 400 <= away_m <= 500:
        remedy = Both(
            vi="Khoảng 450 m: phép chuyển VN-2000 sang WGS 84 bị ngược dấu.",
            en="About 450 m: the shift from VN-2000 to WGS 84 was made with the wrong sign.",
        )
    elif (27_400 * 0.9) <= away_m <= 27_400 * 13 and min(away_m % 27_400, -away_m % 27_400) < 2_000:
        remedy = Both(
            vi="Bội số của khoảng 27 km: sai kinh tuyến trục của mốc (mỗi 15 phút là 27 km).",
            en="A multiple of about 27 km: the landmark has the wrong central meridian (27 km for each 15 minutes).",
        )
    else:
        remedy = Both(
            vi="Không phải lỗi hệ tọa độ quen thuộc: kiểm tra tọa độ mốc và đứng gần mốc hơn.",
            en="No known mistake of a datum: check the landmark's coordinates, and come nearer to it.",
        )
    return missing(what, remedy)


def of_picture(name: str, spread_grey: float, tilt_deg: float | None) -> Found | None:
    """Whether there is anything to see and the horizon level; None where there is nothing to say."""
    if spread_grey < FLAT_GREY:
        return missing(
            Both(
                vi=f"Camera {name}: hình gần như một màu (che, tối hoặc mờ hẳn).",
                en=f"Camera {name}: its picture is almost of one grey (covered, dark, or quite out of focus).",
            ),
            Both(
                vi="Mở nắp, lau kính, bật đèn boong rồi chạy lại.",
                en="Take the cap off, wipe the glass, light the deck, and run this again.",
            ),
        )
    if tilt_deg is not None and abs(tilt_deg) > LEANS_DEG:
        return note(
            Both(
                vi=f"Camera {name}: đường ngang dài nhất nghiêng {tilt_deg:+.0f}°.",
                en=f"Camera {name}: the longest level line leans by {tilt_deg:+.0f}°.",
            ),
            Both(
                vi=f"Nếu đó là đường chân trời, xoay camera cho ngang: sandwatch camera aim {name}.",
                en=f"If that is the horizon, turn the camera level: sandwatch camera aim {name}.",
            ),
        )
    return None


def of_bucket(name: str, high_px: float | None) -> Found:
    """How high the bucket is at the detector's input; None where the detector finds none."""
    if high_px is None:
        return note(
            Both(
                vi=f"Camera {name}: bộ nhận dạng không thấy gầu trong hình.",
                en=f"Camera {name}: the detector finds no bucket in its picture.",
            ),
            Both(
                vi="Treo gầu trên mặt nước, trong khung hình, rồi chạy lại; vẽ machine_region trong mọi trường hợp.",
                en="Hang the bucket above the water and in view, run this again; draw machine_region in any case.",
            ),
        )
    if high_px < SMALL_BUCKET_PX:
        return note(
            Both(
                vi=f"Camera {name}: gầu chỉ cao {high_px:.0f} điểm ảnh ở bộ nhận dạng; dưới {SMALL_BUCKET_PX:.0f} thì thường không thấy.",
                en=f"Camera {name}: the bucket is {high_px:.0f} pixels high for the detector; below {SMALL_BUCKET_PX:.0f} it is mostly missed.",
            ),
            Both(
                vi="Đưa camera lại gần hoặc dùng ống kính hẹp hơn; nếu không được, chỉ vùng vẽ tay đếm được.",
                en="Bring the camera closer or take a narrower lens; else only the drawn region counts.",
            ),
        )
    return ok(
        f"Camera {name}: gầu cao {high_px:.0f} điểm ảnh ở bộ nhận dạng.",
        f"Camera {name}: the bucket is {high_px:.0f} pixels high for the detector.",
    )


def of_disk(free_mb: int, kept_mb: int, folder: str) -> Found:
    if free_mb < 2 * kept_mb:
        return missing(
            Both(vi=f"{folder}: còn trống {free_mb} MB.", en=f"{folder}: {free_mb} MB are free."),
            Both(
                vi=f"Cần ít nhất {2 * kept_mb} MB: thay thẻ hoặc xuất bằng chứng lên bờ (sandwatch export).",
                en=f"{2 * kept_mb} MB are needed: a larger card, or take evidence ashore (sandwatch export).",
            ),
        )
    return ok(f"{folder}: còn trống {free_mb} MB.", f"{folder}: {free_mb} MB are free.")


def of_board(
    heat_c: float | None, flags: tuple[str, ...] | None, memory_free_mb: int | None, wear: float | None
) -> list[Found]:
    """What the board says of itself; nothing where it says nothing."""
    found = []
    if heat_c is not None and heat_c >= HOT_C:
        found.append(
            note(
                Both(vi=f"Bo mạch nóng {heat_c:.0f} °C.", en=f"The board has {heat_c:.0f} °C."),
                Both(vi="Che nắng và cho hộp thoáng khí.", en="Give the box shade and air."),
            )
        )
    elif heat_c is not None:
        found.append(ok(f"Nhiệt độ {heat_c:.0f} °C.", f"Heat {heat_c:.0f} °C."))
    if flags is not None and any(name.startswith("undervoltage") for name in flags):
        found.append(
            missing(
                Both(
                    vi="Nguồn điện yếu (đã có sụt áp).",
                    en="The supply is weak (the voltage was too low).",
                ),
                Both(
                    vi="Dùng dây ngắn, to hơn và bộ nguồn 5 V đủ dòng.",
                    en="Use a shorter, thicker cable and a 5 V supply of enough current.",
                ),
            )
        )
    if memory_free_mb is not None and memory_free_mb < LOW_MEMORY_MB:
        found.append(
            note(
                Both(
                    vi=f"Bộ nhớ còn trống {memory_free_mb} MB.", en=f"{memory_free_mb} MB of memory are free."
                ),
                Both(vi="Tắt chương trình khác trên hộp.", en="End other programs on the box."),
            )
        )
    if wear is not None and wear >= WORN:
        found.append(
            note(
                Both(vi=f"Thẻ nhớ đã mòn {wear:.0%}.", en=f"The card has used {wear:.0%} of its life."),
                Both(vi="Thay thẻ trong chuyến tới.", en="Replace it at the next visit."),
            )
        )
    return found
