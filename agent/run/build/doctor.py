"""Looks at a box: config, key, disk, receiver, cameras, station, board. Measures; `agent.run.health` judges."""

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from agent.card import guard
from agent.errors import Both, SandwatchError, SettingsError, StoreError
from agent.event import chain
from agent.event.installation import why_lead_only
from agent.licence.budget import KITS, provable
from agent.licence.hours import local_time
from agent.outbox.view import View
from agent.run import health, identity
from agent.run.build import cameras, runs, tools
from agent.run.build.sight import Loaded, open_detector
from agent.run.flash.home import Home
from agent.run.health import Found
from agent.run.journey import from_log
from agent.run.plan import Plan, gear_of, load_plan
from agent.run.settings import Camera
from agent.types import Fix, Image, SourceState
from hw.board import read_board
from hw.clock import SystemClock
from hw.gnss import GnssSource

CONNECT_S = 5.0
CAMERA_S = 4.0
BUCKET = "bucket"

SCRIPT = """
start_utc = 2026-11-20T03:00:00Z
start = [10.26, 105.578]
[[leg]]
kind = "anchor"
seconds = 900
[[event]]
kind = "dropout"
from_s = 200
to_s = 700
"""
REPLAYED = '[device]\nid = "DOCTOR"\n[own_vessel]\nkind = "dredger"\n'


def look(
    config: Path, state: Path | None, landmark: tuple[float, float] | None, listen_s: float
) -> Iterator[Found]:
    """One finding after the other, as they are found."""
    try:
        plan, detector = tools.check(config)
    except SettingsError as error:
        yield health.missing(
            Both(vi=error.text("vi"), en=error.text("en")),
            Both(vi="Sửa các lỗi trên.", en="Put these mistakes right."),
        )
        return
    yield health.ok(f"Cấu hình của {plan.settings.device.id} đúng.", f"Config of {plan.settings.device.id}.")
    if detector is None:
        yield health.note(
            Both(
                vi="Không có bộ nhận dạng: chỉ suy từ vị trí.",
                en="No detector: only the position tells of work.",
            ),
            Both(vi='Đặt [detector] model = "shipped".', en='Set [detector] model = "shipped".'),
        )
    yield from _paper(plan)
    yield from _own(plan, state or plan.settings.device.state_dir)
    board = read_board()
    yield from health.of_board(board.heat_c, board.flags, board.memory_free_mb, board.wear_share)
    yield from _receiver(plan, landmark, listen_s)
    yield from _cameras(plan, detector)
    yield from _station(plan)


def flashed(home: Home) -> Iterator[Found]:
    """Of a box whose config came by bundle."""
    current, held = home.current(), home.state()
    faults = [] if current is None else home.faults(current)
    if current is None:
        yield health.missing(
            Both(vi="Chưa có cấu hình nào.", en="No config was brought to this box yet."),
            Both(vi="Cắm USB có gói cấu hình.", en="Insert a stick with a bundle."),
        )
    elif faults:
        yield health.missing(
            Both(
                vi="Cấu hình khác bản đã ký: ", en="The config is not as it was signed: " + "; ".join(faults)
            ),
            Both(
                vi="Cắm lại USB với gói có số thứ tự cao hơn.",
                en="Bring a bundle with a higher sequence.",
            ),
        )
    elif held.trial is not None:
        yield health.note(
            Both(
                vi=f"Cấu hình {held.trial.sequence} đang được thử.",
                en=f"Config {held.trial.sequence} is on trial.",
            ),
            Both(vi="Chờ kết quả rồi chạy lại.", en="Wait for what comes of it, then run this again."),
        )
    else:
        yield health.ok(f"Cấu hình {held.sequence} đúng như đã ký.", f"Config {held.sequence} is as signed.")


def replay() -> Iterator[Found]:
    """A short made-up voyage through the installed software: position lost, an event, a chain that verifies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "script.toml").write_text(SCRIPT, encoding="utf-8")
        (folder / "agent.toml").write_text(REPLAYED, encoding="utf-8")
        try:
            tools.make_voyage_log(folder / "script.toml", folder / "gnss.nmea")
            plan = load_plan(folder / "agent.toml")
            journey = from_log(folder / "gnss.nmea", None, None, folder / "agent.toml", "none")
            outcome = runs.replay(journey, plan, folder / "state")
            key = identity.device_key(folder / "state" / identity.KEY_FILE).public_key()
            with View.open_reading(folder / "state") as view:
                records = list(view.records())
        except SandwatchError as error:
            yield health.missing(
                Both(vi=f"Chạy thử không được: {error}", en=f"The rehearsal failed: {error}"),
                Both(vi="Cài lại phần mềm.", en="Install the software again."),
            )
            return
    lost = sum(b"position_lost" in raw and b"event.closed" in raw for raw in records)
    faults = list(chain.faults(records, key, chain.Head()))
    if lost == 1 and not faults:
        yield health.ok(
            f"Chạy thử: {outcome.readings} số liệu, {len(records)} bản ghi, chữ ký đúng.",
            f"Rehearsal: {outcome.readings} readings, {len(records)} records, every signature and link holds.",
        )
    else:
        yield health.missing(
            Both(
                vi=f"Chạy thử sai: {lost} sự kiện, {len(faults)} lỗi chữ ký.",
                en=f"The rehearsal went wrong: {lost} event(s) of a lost position, {len(faults)} fault(s) in the chain.",
            ),
            Both(vi="Cài lại phần mềm.", en="Install the software again."),
        )


def _paper(plan: Plan) -> Iterator[Found]:
    """What makes a measurement count: licences, the lever arm, checks that are valid today."""
    if not plan.licences and plan.settings.own_vessel.kind == "dredger":
        yield health.note(
            Both(vi="Không có giấy phép nào.", en="No licence: every place will be undetermined."),
            Both(vi="Thêm vào [licences] files.", en="Name it in [licences] files."),
        )
    gear = gear_of(plan.settings)
    if gear is None and plan.settings.own_vessel.has_gear:
        yield health.note(
            Both(vi="Chưa đo vị trí gàu so với ăng-ten.", en="Nobody measured where the gear is."),
            Both(
                vi="Đo và ghi vào [gear]; nếu không, sai số tăng 20 m.",
                en="Measure it, write [gear]; until then every distance carries 20 m more.",
            ),
        )
    kit = next(kit for kit in KITS if kit.receiver is plan.settings.antenna.receiver)
    proves = provable(kit, gear, plan.settings.antenna.heading_error_deg)
    yield health.ok(
        f"Chứng minh được từ {proves.at_once_m:.0f} m ngoài ranh giới, {proves.at_rest_m:.0f} m sau một giờ đứng yên.",
        f"Can prove {proves.at_once_m:.0f} m beyond a boundary, {proves.at_rest_m:.0f} m after an hour at rest.",
    )
    utc, _ = SystemClock().utc()
    doubts = why_lead_only(plan.installation(), None if utc is None else local_time(utc).date())
    if doubts:
        yield health.note(
            Both(vi="Chưa có kiểm định còn hạn.", en="No valid check of receiver and lever arm."),
            Both(
                vi="Ghi vào [installation]; nếu không, mọi sự kiện chỉ là manh mối.",
                en="Write it into [installation]; until then every event is only a lead.",
            ),
        )


def _own(plan: Plan, state: Path) -> Iterator[Found]:
    """Key, disk, card, clock."""
    settings = plan.settings
    key_file = settings.device.key_file or state / identity.KEY_FILE
    try:
        if not key_file.exists():
            raise StoreError(f"there is none at {key_file}")
        key = identity.device_key(key_file, make=False)
        text = chain.public_text(key.public_key())
        yield health.ok(f"Khóa của hộp: {text}", f"Key of the box: {text}")
    except SandwatchError as error:
        yield health.missing(
            Both(vi=f"Không có khóa: {error}", en=f"No key: {error}"),
            Both(
                vi="Tạo bằng sandwatch key rồi đăng ký ở trạm.",
                en="Make it with sandwatch key, and enrol it at the station.",
            ),
        )
    folder = settings.evidence.folder or state
    if settings.evidence.folder is not None and (problem := guard(settings.evidence.folder, state)()):
        yield health.missing(
            Both(vi=f"Thẻ dữ liệu: {problem}", en=problem),
            Both(
                vi="Lắp đúng thẻ, hoặc sandwatch card adopt.", en="The right card, or sandwatch card adopt."
            ),
        )
    with contextlib.suppress(OSError):
        free_mb = shutil.disk_usage(folder).free >> 20
        yield health.of_disk(free_mb, settings.evidence.keep_free_mb, str(folder))
    yield health.of_clock(*SystemClock().utc())


def _receiver(plan: Plan, landmark: tuple[float, float] | None, listen_s: float) -> Iterator[Found]:
    gnss = plan.settings.gnss
    if gnss is None:
        yield health.missing(
            Both(vi="Cấu hình không có máy thu.", en="The config names no receiver."),
            Both(vi="Thêm [gnss].", en="Add [gnss]."),
        )
        return
    clock = SystemClock()
    end_ns = clock.mono_ns() + round(listen_s * 1e9)
    best: Fix | None = None
    said = ""
    source: GnssSource

    def over() -> None:
        if clock.mono_ns() > end_ns:
            source.close()

    source = GnssSource(gnss.source, clock=clock, baud=gnss.baud, beat=over)
    for reading in source:
        if isinstance(reading, SourceState):
            said = reading.reason
        if isinstance(reading, Fix):
            best = reading if best is None or reading.lat_deg is not None else best
            if reading.lat_deg is not None:
                break
    source.close()
    yield health.of_fix(best, listen_s, said)
    if landmark is not None and best is not None:
        yield health.of_landmark(best, *landmark)


def _cameras(plan: Plan, detector: Loaded | None) -> Iterator[Found]:
    for camera in plan.settings.camera:
        seen = cameras.probe(camera, camera.second_url or camera.url, CAMERA_S)
        if seen.height_px:
            size = f"{seen.width_px}x{seen.height_px}"
            yield health.ok(
                f"Camera {camera.name}: có hình {size}.", f"Camera {camera.name}: pictures, {size}."
            )
            if seen.picture is not None:
                yield from _picture(camera, cameras.upright(camera, seen.picture), detector)
        else:
            said = "; ".join(seen.said)
            yield health.missing(
                Both(
                    vi=f"Camera {camera.name} không có hình. {said}", en=f"Camera {camera.name}: none. {said}"
                ),
                Both(
                    vi=f"Kiểm tra dây, nguồn: sandwatch camera probe {camera.name}.",
                    en=f"Check cable and power: sandwatch camera probe {camera.name}.",
                ),
            )
        if camera.mount == "own_gear" and camera.machine_region is None:
            yield health.note(
                Both(
                    vi=f"Camera {camera.name}: chưa vẽ vùng máy.",
                    en=f"Camera {camera.name}: no region is drawn round the machine.",
                ),
                Both(vi="Vẽ machine_region.", en="Draw machine_region (sandwatch camera aim)."),
            )


def _picture(camera: Camera, image: Image, detector: Loaded | None) -> Iterator[Found]:
    """What one picture tells of where the camera looks, and of the bucket if the own gear is its business."""
    from agent.eyes.aim import aim
    from agent.eyes.observe import reduced_grey

    said = health.of_picture(camera.name, float(reduced_grey(image).std()), aim(image).tilt_deg)
    if said is not None:
        yield said
    if camera.mount != "own_gear" or detector is None or detector.file is None or detector.manifest is None:
        return
    height_px, width_px = image.shape[:2]
    card = detector.manifest
    scale = min(card.input_width_px / width_px, card.input_height_px / height_px)
    buckets = [box for box in open_detector(detector.file).detect(image) if box.label == BUCKET]
    yield health.of_bucket(camera.name, max(((box.y1 - box.y0) * scale for box in buckets), default=None))


def _station(plan: Plan) -> Iterator[Found]:
    station = plan.settings.station
    if station is None or station.url is None:
        yield health.note(
            Both(
                vi="Không nối trạm: bằng chứng mang lên bờ bằng USB.",
                en="No link to a station: evidence is carried ashore (sandwatch export).",
            )
        )
        return
    parts = urlsplit(station.url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), CONNECT_S):
            yield health.ok(f"Nối được tới {parts.hostname}.", f"{parts.hostname} is reached.")
    except OSError as error:
        yield health.missing(
            Both(
                vi=f"Không nối được tới {parts.hostname}: {error}",
                en=f"{parts.hostname} is not reached: {error}",
            ),
            Both(vi="Kiểm tra SIM, ăng-ten, tên miền.", en="Check SIM, antenna and the station's name."),
        )
