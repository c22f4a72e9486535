"""`agent.toml`: what a technician writes, checked whole before anything starts.

Every mistake is reported, with its key, the value that stood there and what is allowed. Unknown keys are
mistakes: a misspelt `camara` must not switch a camera off in silence. Paths are relative to the file.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from agent.errors import Both, ChainError, Mistake, SettingsError
from agent.event import chain
from agent.licence.licence import THE_FILE
from agent.position.bound import ReceiverClass
from agent.position.trust_place import MEKONG_ALTITUDE_M, MEKONG_LAT_DEG, MEKONG_LON_DEG
from agent.run.settings_mistakes import MOST_CAMERAS, Wrong, mistake_of

DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
SHIPPED = Path("shipped")  # as a model: the detector that came with the package


class Table(BaseModel):
    """A table of the file: no unknown keys, never changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Device(Table):
    id: DeviceId
    state_dir: Path = Path("/var/lib/sandwatch")
    key_file: Path | None = None  # None: device.key in state_dir


class OwnVessel(Table):
    kind: Literal["dredger", "patrol"]
    name: str = ""
    hull_number: str = ""
    has_gear: bool = True
    bucket_m3: float | None = Field(default=None, gt=0, le=50)  # where no licence lists the hull
    fill: float = Field(default=0.85, gt=0, le=1.2)
    fill_error: float = Field(default=0.18, ge=0, le=1)  # 95 %, as a share
    swell: float = Field(default=1.2, ge=1, le=1.6)  # loose m3 for one in place, where the licence is silent


class Gnss(Table):
    source: str = Field(min_length=1)
    baud: int | None = Field(default=None, ge=4800, le=921600)


Share = Annotated[float, Field(ge=0, le=1)]  # of the width or height of the upright picture
Polygon = Annotated[tuple[tuple[Share, Share], ...], Field(min_length=3, max_length=64)]


class Antenna(Table):
    """What the receiver is, and how its heading stands against the hull (`agent.position.antenna`)."""

    receiver: ReceiverClass = ReceiverClass.SINGLE_FREQUENCY
    heading_offset_deg: float = Field(default=0.0, ge=-360, le=360)
    heading_error_deg: float = Field(default=2.0, gt=0, le=45)


Span = tuple[float, float]


class Trust(Table):
    """Where the box can be at all; beyond it a position is suspect (`agent.position.trust_place`)."""

    lat_deg: Span = MEKONG_LAT_DEG
    lon_deg: Span = MEKONG_LON_DEG
    altitude_m: Span = MEKONG_ALTITUDE_M

    @field_validator("lat_deg", "lon_deg", "altitude_m")
    @classmethod
    def _is_a_span(cls, span: Span) -> Span:
        if span[0] >= span[1]:
            raise Wrong(
                vi="không phải là một khoảng: ghi giới hạn dưới trước, rồi giới hạn trên",
                en="is no span: give the lower limit first, then the upper one",
            )
        return span


class Gear(Table):
    """From the antenna to where the gear goes into the water; ahead and to starboard are positive."""

    forward_m: float = Field(ge=-100, le=100)
    right_m: float = Field(ge=-30, le=30)
    sweep_m: float = Field(ge=0, le=40)
    measured_m: float = Field(default=0.3, ge=0.05, le=5)


class Camera(Table):
    """One camera. `second_url` is its low-resolution stream: that is looked at, and `url` kept for stills and clips.

    `machine_region` is drawn round the own gear; `mount` says whose gear a camera looks at.
    """

    name: Name
    url: str = Field(min_length=1)
    second_url: str | None = Field(default=None, min_length=1)
    clips: bool = True
    turn_deg: Literal[0, 90, 180, 270] = 0  # clockwise, to make the picture upright
    masks: tuple[Polygon, ...] = ()
    machine_region: Polygon | None = None
    mount: Literal["own_gear", "patrol", "bank"] = "own_gear"
    bearing_deg: float | None = Field(default=None, ge=-180, le=360)  # of its axis from the bow, clockwise
    wide_deg: float | None = Field(default=None, gt=0, le=180)
    landmarks: Path | None = None  # of the deck, by `sandwatch site landmarks`
    input_format: Literal["h264", "mjpeg", "yuyv422"] | None = None  # of a V4L2 device
    video_size: str | None = Field(default=None, pattern=r"^[0-9]{2,5}x[0-9]{2,5}$")
    framerate: int | None = Field(default=None, ge=1, le=120)

    def device_options(self) -> dict[str, str]:
        """What is asked of a V4L2 device; nothing for what is left out."""
        wanted = {
            "input_format": self.input_format,
            "video_size": self.video_size,
            "framerate": self.framerate,
        }
        return {name: str(value) for name, value in wanted.items() if value is not None}

    @model_validator(mode="after")
    def _region_of_own_gear(self) -> Self:
        if self.machine_region is not None and self.mount != "own_gear":
            raise Wrong(
                vi=f'machine_region là vùng máy của chính tàu này, còn mount = "{self.mount}" nhìn tàu khác',
                en=f'machine_region is of the own gear, and mount = "{self.mount}" looks at others',
            )
        if self.machine_region is not None and _crosses_itself(self.machine_region):
            raise Wrong(
                vi="machine_region tự cắt nhau: hãy ghi các góc theo thứ tự vòng quanh máy",
                en="machine_region crosses itself: give its corners in order, round the machine",
            )
        if self.machine_region is not None and _area(self.machine_region) < 0.005:
            raise Wrong(
                vi="machine_region chưa đến nửa phần trăm hình: hãy vẽ rộng hơn",
                en="machine_region covers less than half a percent of the picture: draw it wider",
            )
        return self


Pin = Annotated[int, Field(ge=0, le=27)]  # BCM number


class Line(Table):
    """A contact on a GPIO pin: of the machine, evidence of work beside what a camera sees; of the lid; of the mains."""

    name: Literal["pump", "hydraulic", "tamper", "mains"]
    pin: Pin
    closes_to: Literal["ground", "3v3"] = "ground"


class Panel(Table):
    """Lamps, buzzer, button and the technician's key switch on GPIO pins; what is left out is not there."""

    power_lamp: Pin | None = None
    health_lamp: Pin | None = None
    buzzer: Pin | None = None
    button: Pin | None = None
    key: Pin | None = None

    def pins(self) -> tuple[int, ...]:
        return tuple(pin for pin in self.model_dump().values() if pin is not None)

    @model_validator(mode="after")
    def _key_for_the_health_lamp(self) -> Self:
        if self.health_lamp is not None and self.key is None:
            raise Wrong(
                vi="có health_lamp mà không có key: thủy thủ đoàn sẽ biết khi nào hộp không thấy gì",
                en="has a health_lamp and no key: the crew would know when the box sees nothing",
            )
        return self


class Vibration(Table):
    """An accelerometer of the kernel on the hull, near the machine."""

    accelerometer: Path  # /sys/bus/iio/devices/iio:device0


class Detector(Table):
    """The model the camera's frames are shown to. `sha256` pins it; a recording has `sha256` alone."""

    model: Path | None = None
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if self.model is None and self.sha256 is None:
            raise Wrong(
                vi='không có mô hình nào: ghi model = "shipped" hoặc model = "file.onnx"',
                en='names no model: give model = "shipped" or model = "file.onnx"',
            )
        return self


class Licences(Table):
    """`files` are those the own vessel may work by, `neighbours` those of others on the river."""

    files: tuple[Path, ...] = ()
    neighbours: tuple[Path, ...] = ()


class Files(Table):
    files: tuple[Path, ...] = ()


class Check(Table):
    """A calibration or check of one part: by whom, when, and until when it holds."""

    what: Literal["receiver", "lever_arm", "camera", "sounder"]
    on: date
    valid_to: date
    by: str = Field(min_length=1)
    certificate: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to < self.on:
            raise Wrong(
                vi=f"hết hạn ngày {self.valid_to:%d/%m/%Y}, trước chính ngày kiểm {self.on:%d/%m/%Y}",
                en=f"ends on {self.valid_to}, before its own day {self.on}",
            )
        return self


class Transducer(Table):
    """The face of the echo sounder, metres below the water line."""

    below_water_m: float = Field(ge=0, le=20)
    error_m: float = Field(gt=0, le=2)


class Installation(Table):
    """Who answers for the box and when its parts were checked."""

    regime: Literal["authority", "supplied"]
    owner: str = Field(min_length=1)
    answerable: str = Field(min_length=1)
    installer: str = Field(min_length=1)
    installed_on: date
    serials: dict[Name, str] = Field(default_factory=dict)
    seals: tuple[str, ...] = ()
    check: tuple[Check, ...] = ()
    transducer: Transducer | None = None


class MooringPlace(Table):
    name: str = Field(min_length=1)
    lat_deg: float = Field(ge=-90, le=90)
    lon_deg: float = Field(ge=-180, le=180)
    radius_m: float = Field(gt=0, le=2000)


class Station(Table):
    """`url` left out: nothing goes over a link, evidence is carried ashore on a stick (`sandwatch export`)."""

    url: str | None = Field(default=None, pattern=r"^https?://")
    public_key: str

    @field_validator("public_key")
    @classmethod
    def _is_a_key(cls, text: str) -> str:
        try:
            chain.public_key(text)
        except ChainError as error:
            raise Wrong(vi="không phải là khóa công khai của trạm", en=str(error)) from None
        return text

    def key(self) -> Ed25519PublicKey:
        return chain.public_key(self.public_key)


class Delivery(Table):
    """What the link may cost. 0 MB is no limit; `metered_interfaces` are patterns of interface names."""

    metered_interfaces: tuple[str, ...] = ("wwan*", "ppp*", "usb*")
    metered_mb_a_day: int = Field(default=200, ge=0)
    free_mb_a_day: int = Field(default=0, ge=0)
    quiet_hours: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")

    @field_validator("quiet_hours")
    @classmethod
    def _has_a_length(cls, text: str) -> str:
        begins, _, ends = text.partition("-")
        if text and begins == ends:
            raise Wrong(
                vi="bắt đầu và kết thúc cùng lúc; bỏ mục này nếu không có giờ yên lặng",
                en="begins and ends at the same time; leave it out for no quiet hours",
            )
        return text


class Evidence(Table):
    folder: Path | None = None  # the mount point of a data card; None: beside the store
    keep_stills_mb: int = Field(default=500, ge=1)  # acknowledged ones
    keep_clips_mb: int = Field(default=1500, ge=1)
    keep_free_mb: int = Field(default=200, ge=1)
    ring_s: float = Field(default=20.0, ge=5, le=300)
    ring_mb: int = Field(default=16, ge=1, le=256)  # of packets, for each camera


class Settings(Table):
    """The whole file."""

    device: Device
    own_vessel: OwnVessel
    gnss: Gnss | None = None
    antenna: Antenna = Antenna()
    gear: Gear | None = None
    trust: Trust = Trust()
    camera: tuple[Camera, ...] = Field(default=(), max_length=MOST_CAMERAS)
    line: tuple[Line, ...] = Field(default=(), max_length=4)
    vibration: Vibration | None = None
    panel: Panel | None = None
    detector: Detector | None = None
    licences: Licences = Licences()
    places: Files = Files()
    rules: Files = Files()
    water_levels: Files = Files()
    installation: Installation | None = None
    mooring_place: tuple[MooringPlace, ...] = ()
    station: Station | None = None
    delivery: Delivery = Delivery()
    evidence: Evidence = Evidence()

    @field_validator("camera")
    @classmethod
    def _names_differ(cls, cameras: tuple[Camera, ...]) -> tuple[Camera, ...]:
        names = [camera.name for camera in cameras]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Wrong(
                vi=f"hai camera cùng tên {twice[0]}: đặt mỗi camera một tên",
                en=f"two cameras have the name {twice[0]}: give each its own",
            )
        return cameras

    @model_validator(mode="after")
    def _pins_differ(self) -> Self:
        pins = [*(line.pin for line in self.line), *(() if self.panel is None else self.panel.pins())]
        if twice := sorted({pin for pin in pins if pins.count(pin) > 1}):
            raise Wrong(
                vi=f"chân {twice[0]} được dùng hai lần trong [panel] và [[line]]: mỗi thứ một chân",
                en=f"pin {twice[0]} is used twice in [panel] and [[line]]: give each its own",
            )
        return self

    @field_validator("line")
    @classmethod
    def _lines_differ(cls, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        if len({line.name for line in lines}) < len(lines) or len({line.pin for line in lines}) < len(lines):
            raise Wrong(
                vi="hai đường tín hiệu có cùng tên hoặc cùng chân: mỗi đường một tên, một chân",
                en="two lines have the same name or pin: give each its own",
            )
        return lines


def _area(polygon: tuple[tuple[float, float], ...]) -> float:
    """Of a polygon that does not cross itself, in shares of the picture."""
    turned = (*polygon[1:], polygon[0])
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, turned, strict=True))) / 2


def _crosses_itself(polygon: tuple[tuple[float, float], ...]) -> bool:
    """Do two sides that are no neighbours meet?"""
    sides = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    return any(
        _meet(*sides[one], *sides[other])
        for one in range(len(sides))
        for other in range(one + 2, len(sides))
        if (one, other) != (0, len(sides) - 1)
    )


def _meet(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def parse_settings(text: str, file: str) -> Settings:
    """Read the text of an `agent.toml`; raises SettingsError with every mistake in it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        not_toml = Both(vi=f"không phải là TOML: {error}", en=f"is not TOML: {error}")
        raise SettingsError(file, [Mistake(THE_FILE, "", not_toml)]) from None
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        raise SettingsError(file, [mistake_of(item) for item in error.errors()]) from None


def load_settings(path: Path) -> Settings:
    """Read a file; its relative paths become relative to the file. Raises SettingsError."""
    settings = parse_settings(read_text(path), str(path))
    folder = path.parent
    update: dict[str, Table] = {"licences": _in_folder(folder, settings.licences)}
    if settings.device.key_file is not None:
        key_file = folder / settings.device.key_file
        update["device"] = settings.device.model_copy(update={"key_file": key_file})
    for name in ("places", "rules", "water_levels"):
        update[name] = _in_folder(folder, getattr(settings, name))
    cameras = tuple(
        camera
        if camera.landmarks is None
        else camera.model_copy(update={"landmarks": folder / camera.landmarks})
        for camera in settings.camera
    )
    if settings.detector is not None and settings.detector.model is not None:
        model = model_path(folder, settings.detector.model)
        update["detector"] = settings.detector.model_copy(update={"model": model})
    return settings.model_copy(update={**update, "camera": cameras})


def model_path(folder: Path, named: Path) -> Path:
    """The model file a config in `folder` names; `shipped`, the one that came with the package, stays that word."""
    return named if named == SHIPPED else folder / named


def named_files(settings: Settings) -> tuple[Path, ...]:
    """The files that settings of `load_settings` name, other than the detector that came with the package."""
    model = None if settings.detector is None else settings.detector.model
    return (
        *settings.licences.files,
        *settings.licences.neighbours,
        *settings.places.files,
        *settings.rules.files,
        *settings.water_levels.files,
        *(() if model is None or model == SHIPPED else (model,)),
    )


FilesT = TypeVar("FilesT", Licences, Files)


def _in_folder(folder: Path, table: FilesT) -> FilesT:
    """The table with its files beside the config."""
    return table.model_copy(
        update={name: tuple(folder / file for file in files) for name, files in table if files}
    )


def read_text(path: Path) -> str:
    """The text of a file a person wrote; raises SettingsError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Both(
            vi=f"không phải là chữ UTF-8 (byte {error.start})", en=f"is not UTF-8 text (byte {error.start})"
        )
    except IsADirectoryError:
        problem = Both(vi="là một thư mục; cần một tệp", en="is a folder; a file is needed")
    except OSError as error:
        problem = Both(vi=f"không đọc được: {error.strerror}", en=f"cannot be read: {error.strerror}")
    raise SettingsError(str(path), [Mistake(THE_FILE, "", problem)])
