"""What a technician asks of cameras: which are there, what does one send, where does it look."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import durable
from agent.errors import Mistake, SettingsError
from agent.run.build.eyes import is_folder
from agent.run.settings import Camera, Settings, read_text
from agent.types import CodedPacket, Frame, Health, Image, SourceState
from hw.clock import SystemClock

if TYPE_CHECKING:
    from agent.eyes.aim import Aimed
    from agent.eyes.eyes import Camera as Source
    from agent.eyes.landmarks import Landmarks

LANDMARK_LOOK_S = 5.0
PATIENCE_S = 2.0
PLAYS = frozenset(("h264", "mjpeg"))  # in a browser: copied, or coded to H.264


@dataclass(slots=True)
class Probe:
    """What came of one stream in some seconds; also the place where its packets go (`hw.camera_kept.Keep`)."""

    codec: str = ""
    pictures: int = 0
    packets: int = 0
    size_bytes: int = 0
    keyframes_ns: list[int] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0
    width_px: int = 0
    height_px: int = 0
    said: list[str] = field(default_factory=list)
    picture: Image | None = None  # the last one, as it came

    def begin(self, codec: str) -> None:
        self.codec = codec

    def add(self, packet: CodedPacket) -> None:
        self.first_ns = self.first_ns or packet.mono_ns
        self.last_ns = packet.mono_ns
        self.packets += 1
        self.size_bytes += len(packet.data)
        if packet.keyframe:
            self.keyframes_ns.append(packet.mono_ns)

    @property
    def seconds(self) -> float:
        return (self.last_ns - self.first_ns) / 1e9

    @property
    def keyframe_s(self) -> float | None:
        """The longest time between two keyframes, or None where fewer than two came."""
        pairs = zip(self.keyframes_ns, self.keyframes_ns[1:], strict=False)
        return max(((later - earlier) / 1e9 for earlier, later in pairs), default=None)

    def lines(self, ring_mb: int) -> Iterator[str]:
        """What it means for this box, a sentence each."""
        yield from self.said
        if not self.packets or self.seconds <= 0:
            return
        rate, kbit_s = (self.packets - 1) / self.seconds, self.size_bytes * 8 / 1000 / self.seconds
        yield f"{self.codec} {self.width_px}x{self.height_px}, {rate:.1f} pictures a second, {kbit_s:.0f} kbit/s"
        yield f"a clip of 30 s has about {kbit_s * 30 / 8000:.1f} MB; 10 minutes on a link of 384 kbit/s carry 28.8 MB"
        if self.codec not in PLAYS:
            yield f"clips are {self.codec}, which most browsers do not play: set the camera to H.264"
        spacing_s = self.keyframe_s
        if self.codec == "mjpeg":
            yield "every picture is a keyframe; five a second are kept, and a clip is coded when it is sealed"
        elif spacing_s is None:
            yield f"fewer than two keyframes came in {self.seconds:.0f} s: set the camera to one every 1 or 2 s"
        else:
            cheap = (
                "watching is cheap"
                if spacing_s <= 5
                else "set it to 1 or 2 s: watching decodes every picture now"
            )
            yield f"a keyframe every {spacing_s:.1f} s: {cheap}"
            need_mb = kbit_s * (10 + spacing_s) / 8000
            if need_mb > ring_mb:
                yield f"the ring of {ring_mb} MB does not hold 10 s before an event: set evidence.ring_mb to {need_mb * 1.5:.0f}"


def listed(settings: Settings | None) -> Iterator[str]:
    """The devices that are plugged in, then the cameras of a config."""
    from hw.camera_list import plugged

    devices = plugged()
    for device in devices:
        yield f'url = "{device.path}"  {", ".join(device.formats) or "its formats cannot be asked"}'
    if not devices:
        yield "no V4L2 camera is plugged in"
    for camera in () if settings is None else settings.camera:
        second = " with a second stream" if camera.second_url else ""
        yield f"[[camera]] {camera.name}: {_kind(camera)}{second}"


def chosen(settings: Settings, name: str | None) -> Camera:
    """The camera of that name, or the only one; raises SettingsError."""
    names = [camera.name for camera in settings.camera]
    for camera in settings.camera:
        if camera.name == name or (name is None and len(names) == 1):
            return camera
    problem = "is missing" if name is None else "is no camera of this config"
    raise SettingsError(
        "command line", [Mistake("CAMERA", name or "", problem, ", ".join(names) or "it has none")]
    )


def probe(camera: Camera, url: str, seconds: float) -> Probe:
    """Watch one stream for so many seconds."""
    found = Probe()
    clock = SystemClock()
    source = _opened(camera, url, 1.0, found)
    end_ns = clock.mono_ns() + round(seconds * 1e9)
    over = threading.Timer(seconds + PATIENCE_S, source.close)  # a folder gives nothing until a picture comes
    over.start()
    for item in source:
        if isinstance(item, SourceState):
            found.said.append(item.reason)
            if item.state is not Health.HEALTHY:
                break
        else:
            found.pictures += 1
            found.height_px, found.width_px = item.image.shape[:2]
            found.picture = item.image
        if clock.mono_ns() > end_ns:
            break
    over.cancel()
    source.close()
    return found


def upright(camera: Camera, picture: Image) -> Image:
    """As the eyes look at it: turned, and masked."""
    from agent.eyes.view import View

    return View(camera.turn_deg, camera.masks).of(Frame(0, camera.name, picture)).image


def aimed(camera: Camera, every_s: float) -> Iterator["Aimed | SourceState"]:
    """What the camera sees, upright and masked, with its aids drawn in; for ever."""
    from agent.eyes.aim import aim
    from agent.eyes.view import View

    view = View(camera.turn_deg, camera.masks)
    source = _opened(camera, camera.url, every_s, None)
    for item in source:
        yield item if isinstance(item, SourceState) else aim(view.of(item).image, camera.machine_region)


def landmarks(camera: Camera, seconds: float, told: Callable[[int], None]) -> "Landmarks":
    """What stays where it is on the deck, from looks of so many seconds; a film is looked at to its end.

    Raises SettingsError where the camera shows too little.
    """
    from agent.eyes.landmarks import learned, lines
    from agent.eyes.observe import reduced_grey
    from agent.eyes.stir import thumbnail
    from agent.eyes.view import View

    view, looks = View(camera.turn_deg, camera.masks), list[Any]()
    source = _opened(camera, camera.second_url or camera.url, LANDMARK_LOOK_S, None)
    began_ns: int | None = None
    for item in source:
        if isinstance(item, SourceState):
            continue
        began_ns = item.mono_ns if began_ns is None else began_ns
        looks.append(lines(thumbnail(reduced_grey(view.of(item).image))))
        told(len(looks))
        if item.mono_ns - began_ns >= seconds * 1e9:
            break
    source.close()
    try:
        return learned(looks, own_deck=camera.mount != "bank")
    except ValueError as problem:
        raise SettingsError("command line", [Mistake("CAMERA", camera.name, str(problem))]) from None


def add_landmarks(file: Path, new: "Landmarks", *, keep: bool) -> int:
    """Write them, beside those that are there where `keep`; how many commissionings the file then holds."""
    from agent.eyes.landmarks import from_text, to_text

    try:
        held = from_text(read_text(file)) if keep and file.exists() else ()
    except ValueError as error:
        raise SettingsError(str(file), [Mistake("the file", "", str(error))]) from None
    try:
        durable.write_file(file, to_text((*held, new)).encode(), mode=0o644)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise SettingsError("command line", [Mistake("--output", str(file), problem)]) from None
    return len(held) + 1


def _opened(camera: Camera, url: str, every_s: float, keep: Probe | None) -> "Source":
    from agent.eyes.schedule import Schedule
    from hw.camera_folder import FolderCamera
    from hw.camera_pi import PiCamera
    from hw.camera_stamps import LiveStamps, RecordedStamps
    from hw.camera_stream import VideoSource

    if is_folder(url):
        folder = Path(url.removeprefix("file://"))
        return FolderCamera(folder, camera.name, Schedule(every_s), SystemClock())
    if url.startswith("csi"):
        return PiCamera(url, camera.name, Schedule(every_s), SystemClock(), keep)
    film = Path(url.removeprefix("file://")).is_file()  # as fast as it can be read, and stamped by itself
    stamps = RecordedStamps(0) if film else LiveStamps(SystemClock())
    return VideoSource(url, camera.name, Schedule(every_s), stamps, keep=keep, device=camera.device_options())


def as_jpeg(seen: "Aimed") -> bytes:
    import cv2

    return cv2.imencode(".jpg", seen.image)[1].tobytes()


def _kind(camera: Camera) -> str:
    if is_folder(camera.url):
        return "a folder of stills"
    if camera.url.startswith("csi"):
        return "on the CSI connector"
    scheme, found, _ = camera.url.partition("://")
    return f"over {scheme}" if found and scheme != "file" else camera.url
