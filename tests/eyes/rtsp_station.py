"""A real RTSP camera for tests: Debian's GStreamer server, run by the system's Python as a process of its own.

Says its port on standard output. Reads lines from standard input: `size 640x360` changes the picture size of the
running stream. `python3 rtsp_station.py WIDTH HEIGHT KEYFRAME_EACH [PORT]`; a second mount `/small` gives 320x180.
"""

import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LAUNCH = (
    "( videotestsrc is-live=true pattern=ball ! videoscale ! capsfilter name={name} "
    "caps=video/x-raw,width={width},height={height},framerate=25/1 ! videoconvert "
    "! x264enc tune=zerolatency threads=1 speed-preset=ultrafast key-int-max={each} bitrate=600 "
    "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


class Camera(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """One mount. Everybody who looks shares the same stream."""

    def __init__(self, name: str, width: int, height: int, each: int) -> None:
        super().__init__()
        self._name = name
        self._media: Any = None
        self.set_launch(LAUNCH.format(name=name, width=width, height=height, each=each))
        self.set_shared(True)
        self.connect("media-configure", self._configured)

    def _configured(self, _: Any, media: Any) -> None:
        self._media = media

    def resize(self, width: str, height: str) -> None:
        size = self._media.get_element().get_by_name(self._name)
        size.set_property(
            "caps", Gst.Caps.from_string(f"video/x-raw,width={width},height={height},framerate=25/1")
        )


def main() -> None:
    Gst.init(None)
    width, height, each = (int(word) for word in sys.argv[1:4])
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[4] if len(sys.argv) > 4 else "0")
    mounts = server.get_mount_points()
    main_stream = Camera("main", width, height, each)
    mounts.add_factory("/main", main_stream)
    mounts.add_factory("/small", Camera("small", 320, 180, each))
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()

    def obey() -> None:
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            if word == "size":
                GLib.idle_add(main_stream.resize, *rest.split("x"))

    threading.Thread(target=obey, daemon=True).start()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
