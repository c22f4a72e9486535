"""Everything that flows through the data path, in the order in which it flows.

All values are frozen. Units stand in the names. `mono_ns` is the monotonic stamp (nanoseconds since the
boot or the start of the voyage): order and duration come from it. `utc` is data with a quality, never
an ordering. Angles are degrees, positions WGS 84, errors 95 % bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image: TypeAlias = NDArray[np.uint8]  # height x width x 3, BGR
else:
    Image = object  # a config is checked and a bundle taken without numpy's 20 MB


# ── time ──────────────────────────────────────────────────────────────────────────────────────────────


class ClockQuality(StrEnum):
    """Where a UTC time comes from, worst first."""

    NONE = "none"
    SAVED = "saved"
    NTP = "ntp"
    GNSS = "gnss"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was: monotonic always, UTC as well as it is known."""

    mono_ns: int
    utc: datetime | None
    clock_quality: ClockQuality


# ── readings: what comes in ───────────────────────────────────────────────────────────────────────────


class FixQuality(IntEnum):
    """GGA field 6 (NMEA 0183); GNS and RMC mode letters are mapped onto it."""

    NONE = 0
    GNSS = 1
    DGNSS = 2
    PPS = 3
    RTK_FIXED = 4
    RTK_FLOAT = 5
    ESTIMATED = 6
    MANUAL = 7
    SIMULATED = 8


@dataclass(frozen=True, slots=True)
class Fix:
    """The sentences of one epoch as one position; without a position the receiver is alive but lost.

    `error_m` is the 95 % horizontal bound. `datum` is what DTM said, "W84" where nothing was said. `dimensions` (2 or
    3) is from GSA. `agrees`: do all sentences of the epoch say alike that there is a position; None where only one
    spoke. `checks` is what `agent.position.trust` said of it (`ok`, `suspect`, `unknown`), None before it was asked.
    """

    mono_ns: int
    utc: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    quality: FixQuality
    sog_kn: float | None = None
    cog_deg: float | None = None
    hdop: float | None = None
    satellites: int | None = None
    alt_m: float | None = None
    error_m: float | None = None
    datum: str = "W84"
    dimensions: int | None = None
    agrees: bool | None = None
    checks: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sky:
    """Satellites in view and their carrier-to-noise density (dB-Hz), from GSV; `used` from GSA.

    `elevation_deg` is of the same satellites in the same order.
    """

    mono_ns: int
    in_view: int
    used: int | None
    cn0_dbhz: tuple[int, ...]
    elevation_deg: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """True heading of the hull (HDT)."""

    mono_ns: int
    heading_deg: float


@dataclass(frozen=True, slots=True)
class Depth:
    """Water below the transducer (DPT or DBT); `offset_m` as DPT gives it (positive: to the water line)."""

    mono_ns: int
    depth_m: float
    offset_m: float | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """One box of the detector, in pixels of the source frame, x0 < x1, y0 < y1."""

    label: str
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What the eyes say about one frame. `detections` is None where no detector is loaded.

    `mosaic` is the mean grey, `edges` the strength of edges in 8 x 6 cells, row by row, two hex digits each.
    `gear` is how the gear's region looks: 6 x 4 cells of grey and as many of texture, the picture's own shift
    taken out; empty where there is no region. `change` is the mean difference from the look before in grey
    levels; `shift_x` and `shift_y` how far the whole picture has moved since the eyes opened, shares of its width.

    `news` is what of a cell is new against the last seconds, in grey levels; `repeat` (0 to 1) how exactly the last
    minutes show again what was seen `repeat_s` before; `spots` how many new spots sit on the glass; `landmarks` how
    much of the deck is that of the commissioning, 1 as then. `stream` is a mark of the stream's own parameters.
    """

    mono_ns: int
    camera: str
    width_px: int
    height_px: int
    brightness: float  # mean grey level, 0 to 255
    sharpness: float  # variance of the Laplacian of the grey frame
    detections: tuple[Detection, ...] | None = None
    model_hash: str | None = None
    contrast: float | None = None  # standard deviation of the grey levels
    change: float | None = None
    mosaic: str = ""
    edges: str = ""
    shift_x: float | None = None
    shift_y: float | None = None
    gear: str = ""
    news: float | None = None
    repeat: float | None = None
    repeat_s: float | None = None
    spots: int | None = None
    landmarks: float | None = None
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A switch, line or level from the box: `mains`, `tamper`, `pump`, `hydraulic`, `vibration`."""

    mono_ns: int
    name: str
    value: float


class Health(StrEnum):
    """State of a source; `ended` is a file that came to its end."""

    HEALTHY = "healthy"
    SILENT = "silent"
    RECOVERING = "recovering"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source changed state: `source` is `gnss`, `eyes` or `camera:NAME`, `reason` a sentence."""

    mono_ns: int
    source: str
    state: Health
    reason: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. The core knows silence by ticks. `utc` is the system clock's, with its quality."""

    mono_ns: int
    utc: datetime | None = None
    clock_quality: ClockQuality = ClockQuality.NONE


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file already durable on disk, named by its SHA-256 (lower-case hex).

    `mono_ns` is when the still, or the first picture of the clip, was taken. The eyes know `mono_ns` only; the
    watch adds `utc` when an event takes the file.
    """

    sha256: str
    kind: Literal["still", "clip"]
    media_type: str
    size_bytes: int
    camera: str
    mono_ns: int
    width_px: int
    height_px: int
    detections: tuple[Detection, ...] | None = None
    model_hash: str | None = None
    utc: datetime | None = None
    duration_s: float | None = None  # of a clip


Want: TypeAlias = Literal["stills", "best", "clip"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The eyes answer a seal order: these files are on disk (fsynced), or why there are none.

    `camera` and `want` are those of the order; recordings made before there were several have neither.
    """

    mono_ns: int
    event_id: str
    files: tuple[EvidenceFile, ...]
    problem: str | None = None
    camera: str = ""
    want: Want = "stills"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person stated at the box, from a file signed with the box's key (`agent.run.statements`).

    `site_check`: a person's tally of buckets against the box's count.
    """

    mono_ns: int
    what: Literal["site_check", "load"]
    utc: datetime | None
    by: str
    values: Mapping[str, float | int | str]


Reading: TypeAlias = (
    Fix | Sky | Heading | Depth | Observation | Signal | SourceState | Tick | Sealed | Statement
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame, inside the eyes only. `stream` is a mark of the parameters of the stream it came by.

    `filmed`: the packets it was decoded from are kept as they came, under its stamp.
    """

    mono_ns: int
    camera: str
    image: Image
    stream: str = ""
    filmed: bool = False


@dataclass(frozen=True, slots=True)
class CodedPacket:
    """One packet of a camera's stream as it came, inside the eyes only.

    `pts` and `dts` count 1/90000 s and are comparable within one run of the stream. H.264 and HEVC are Annex B,
    every keyframe with its parameter sets before it; MJPEG is one JPEG.
    """

    mono_ns: int
    pts: int
    dts: int
    keyframe: bool
    data: bytes


# ── meaning: activity, findings, events ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code of the phrase table (`agent.event.phrases`) and the values that stand in it."""

    code: str
    values: Mapping[str, float | int | str] = field(default_factory=dict)


class ActivityKind(StrEnum):
    """What the own vessel is doing. From position alone only the first four can be told."""

    TRANSITING = "transiting"
    STATIONARY = "stationary"  # in the river, not or not yet known to be moored
    MOORED = "moored"
    UNKNOWN = "unknown"
    DREDGING = "dredging"
    LOADING = "loading"  # sand handed over alongside, none taken from the river
    MACHINE_WORKING = "machine_working"  # the gear repeats its cycle; whether it takes sand is not known


Method: TypeAlias = Literal["grab", "excavator", "suction"]


@dataclass(frozen=True, slots=True)
class Activity:
    """What the own vessel does. `confidence` is the filter's probability, None where position alone speaks.

    `at_rest`: by her position she lies still, whatever the eyes can say.
    """

    kind: ActivityKind
    since_mono_ns: int
    because: tuple[Reason, ...]
    confidence: float | None = None
    method: Method | None = None
    at_rest: bool = False


@dataclass(frozen=True, slots=True)
class Apparent:
    """The bucket as it is seen: its volume over that of the reference, with the 95 % error."""

    volume_ratio: float
    error: float
    differs: bool  # for three blocks in a row
    commissioned: bool  # the reference is that of the site check


class Verdict(StrEnum):
    """`undetermined` is an answer: it never accuses."""

    BREACH = "breach"
    PERMITTED = "permitted"
    UNDETERMINED = "undetermined"


GRAVITY = {Verdict.PERMITTED: 0, Verdict.UNDETERMINED: 1, Verdict.BREACH: 2}


class FindingKind(StrEnum):
    OUTSIDE_AREA = "outside_area"  # stationary with gear beyond every licence area
    OUTSIDE_HOURS = "outside_hours"  # inside an area, outside its hours of the day
    LICENCE_EXPIRED = (
        "licence_expired"  # inside an area whose licence is not in force that day, or not its period
    )
    NO_LICENCE = "no_licence_here"  # far from every licence of hers
    SUSPENDED = "suspended"  # a notice stops the work that day
    VESSEL_UNREGISTERED = "vessel_unregistered"  # not in the list of the licence, or no longer
    WRONG_MINE = "wrong_mine"  # in the area of a licence that lists others, not her
    FORBIDDEN_ZONE = "forbidden_zone"
    NEAR_BANK = "near_bank"  # nearer to the bank than the licence allows
    DEPTH_EXCEEDED = "depth_exceeded"  # the bed near the vessel is lower than the licence lets it be left
    OTHER_PROVINCE = "other_province"  # beyond the border of every province that licensed her
    LEFT_MOORING = "left_mooring"  # not where a parked vessel has to lie
    TRANSFER_ELSEWHERE = "transfer_elsewhere"  # sand passed from hull to hull, not at a place for that
    POSITION_LOST = "position_lost"
    POSITION_SUSPECT = "position_suspect"
    CAMERA_LOST = "camera_lost"
    CAMERA_BLIND = "camera_blind"  # it gives pictures that show nothing, or not what they should
    BOX_OFF = "box_off"  # the box did not run, and she was last seen at work
    QUOTA_PASSED = "quota_passed"  # more taken than the day, month, year or phase allows
    BUCKET_DIFFERS = "bucket_differs"  # it looks larger or smaller than at commissioning, lastingly
    LOADS_IMPLAUSIBLE = "loads_implausible"  # more, or larger, than buckets and holds can have made them
    ACTIVE_HOURS = "active_hours"  # worked longer on a day than its permitted hours together
    OTHER_WORKING = "other_working"  # gear of another vessel seen at work: a lead


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, judged at one moment, with the measured value, its 95 % error and the reasons.

    For `outside_area` the value is metres beyond the boundary (negative inside) and the boundary point is
    the nearest one on the boundary of licence `licence`. For the other distances it is metres in the direction of
    the offence. `rule_set` and `article` are what the finding rests on by the law of that day, where one says so.
    """

    kind: FindingKind
    verdict: Verdict
    because: tuple[Reason, ...]
    licence: str | None = None
    value: float | None = None
    error: float | None = None
    unit: str | None = None
    boundary_lat_deg: float | None = None
    boundary_lon_deg: float | None = None
    rule_set: str | None = None
    article: str | None = None


class Happening(StrEnum):
    """What an event is about; at most one event of each is open at a time."""

    WORKING = "working"  # place, hours, licence
    POSITION = "position"  # lost or suspect
    SIGHT = "sight"  # a camera that does not see
    BOX = "box"  # the box itself: it did not run
    PRODUCTION = "production"  # quota and active hours
    OTHERS = "others"  # another vessel seen at work


@dataclass(frozen=True, slots=True)
class Origin:
    """Where readings came from; travels with every event so that nothing synthetic passes for real."""

    kind: Literal["live", "replay"]
    voyage: str | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class WorkSpan:
    """One activity during an event, seconds from its opening."""

    kind: ActivityKind
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Work:
    """What the gear did during an event. Volumes have 95 % errors and are None where no bucket size is known.

    `beats_s` are the cycles, `spans` the activities, both in seconds from the opening.
    """

    cycles: int
    active_s: float
    loose_m3: float | None
    loose_error_m3: float | None
    in_place_m3: float | None
    in_place_error_m3: float | None
    swell: float | None
    spans: tuple[WorkSpan, ...] = ()
    beats_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One happening with all its findings. `event_id` is unique per device and the same in every replay."""

    event_id: str
    happening: Happening
    origin: Origin
    opened: Stamp
    updated: Stamp
    closed: Stamp | None
    findings: tuple[Finding, ...]  # the gravest state each kind reached
    activity: Activity | None
    fix: Fix | None  # the position the gravest finding was measured from
    evidence: tuple[EvidenceFile, ...]
    notes: tuple[Reason, ...] = ()  # uncalibrated, no detector, evidence could not be kept
    work: Work | None = None


@dataclass(frozen=True, slots=True)
class EventChange:
    kind: Literal["event.opened", "event.updated", "event.closed"]
    event: Event


# ── what a step gives back ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a record that is not an event: `track`, `gap`, `load`. `evidence` are the files it names."""

    kind: str
    body: Mapping[str, Json]
    evidence: tuple[EvidenceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How often the eyes shall look at a camera from now on."""

    camera: str
    interval_s: float


@dataclass(frozen=True, slots=True)
class Seal:
    """Keep what `camera` saw from `from_mono_ns` to `to_mono_ns` as evidence of `event_id`.

    `stills`: at most `most` pictures of the span, the latest among them. `best`: the one that shows most.
    `clip`: the film of the span. The end may lie ahead; the answer then comes when it has passed.
    """

    event_id: str
    camera: str
    from_mono_ns: int
    to_mono_ns: int
    want: Want = "stills"
    most: int = 3


@dataclass(frozen=True, slots=True)
class Step:
    """All that follows from one reading."""

    stamp: Stamp
    events: tuple[EventChange, ...] = ()
    records: tuple[Body, ...] = ()
    look: tuple[Look, ...] = ()
    seal: tuple[Seal, ...] = ()


# ── delivery ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class HeadNote:
    """The end of the chain, as one line (`agent.event.head`)."""

    line: str


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records as they lie in the store (canonical JSON, one each), in the order of their `seq`."""

    records: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EvidenceChunk:
    """Bytes of one evidence file from `offset`; with empty `data` it only asks how much is held."""

    sha256: str
    offset: int
    data: bytes
    total_bytes: int


Parcel: TypeAlias = HeadNote | RecordBatch | EvidenceChunk


@dataclass(frozen=True, slots=True)
class Answer:
    """What the station says it holds. `receipt` is its signed receipt, not yet verified by the caller."""

    held_through_seq: int | None = None
    lacking: tuple[str, ...] = ()
    offset: int | None = None
    receipt: bytes | None = None
