"""`sandwatch camera …`: which cameras there are, what one sends, and where it looks."""

import http.server
import logging
import threading
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors
from agent.errors import Mistake, SettingsError
from agent.run.build import cameras
from agent.run.settings import load_settings
from agent.types import SourceState

app = typer.Typer(help="Find, try and aim cameras.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The agent.toml that names the camera.")]
Name = Annotated[
    str | None, typer.Argument(help="Its name in the config. Default: the only one.", show_default=False)
]

PAGE = b"""<!doctype html><meta charset="utf-8"><title>sandwatch camera aim</title>
<style>body{margin:0;background:#111;color:#eee;font:20px sans-serif;text-align:center}img{max-width:100%;max-height:85vh}</style>
<p id="said">\xe2\x80\xa6</p><img id="seen" alt="what the camera sees">
<script>
setInterval(async () => {
  document.getElementById("seen").src = "/aim.jpg?" + Date.now();
  document.getElementById("said").textContent = await (await fetch("/said")).text();
}, 1000);
</script>"""


@app.command("list")
def camera_list(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Its cameras, too.", show_default=False)
    ] = None,
) -> None:
    """The cameras that are plugged in, by the names that stay the same, and those of a config."""
    with plain_errors():
        for line in cameras.listed(None if config is None else load_settings(config)):
            typer.echo(line)


@app.command("probe")
def camera_probe(
    config: ConfigFile,
    name: Name = None,
    seconds: Annotated[float, typer.Option(min=1.0, max=120.0, help="How long to watch each stream.")] = 10.0,
) -> None:
    """Watch a camera for some seconds: coding, size, rate, keyframes, and what they mean for clips and for the box.

    Exit code 1 if a stream gave nothing.
    """
    logging.disable(logging.WARNING)
    with plain_errors():
        settings = load_settings(config)
        camera = cameras.chosen(settings, name)
        blind = False
        for title, url in (("main stream", camera.url), ("second stream", camera.second_url)):
            if url is None:
                continue
            found = cameras.probe(camera, url, seconds)
            blind = blind or not (found.packets or found.pictures)
            for line in found.lines(settings.evidence.ring_mb):
                typer.echo(f"{title}: {line}")
        if camera.masks:
            typer.echo(
                "masks are painted over looks, stills and clips; clips are coded anew for it, 5 pictures a second"
            )
    raise typer.Exit(1 if blind else 0)


@app.command("aim")
def camera_aim(
    config: ConfigFile,
    name: Name = None,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where aim.jpg is written, each second anew.", show_default=False)
    ] = Path(),
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it on a page of this computer instead, at 127.0.0.1.")
    ] = False,
    count: Annotated[int, typer.Option(min=0, help="Stop after so many pictures; 0: with Ctrl-C.")] = 0,
) -> None:
    """A picture each second while the camera is turned: how sharp it is, how level, where the machine region lies.

    Turn the focus until the number is largest; it compares pictures of the same scene only. The yellow outline is
    machine_region of the config, the blue line the longest level edge, black is masked.
    """
    logging.disable(logging.WARNING)
    with plain_errors():
        camera = cameras.chosen(load_settings(config), name)
        page = _Page() if serve else None
        if page is not None:
            typer.echo(f"open http://127.0.0.1:{page.port}/")
        best = shown = 0.0
        for seen in cameras.aimed(camera, 1.0):
            if isinstance(seen, SourceState):
                typer.echo(seen.reason)
                continue
            best = max(best, seen.sharpness)
            bar = "#" * round(30 * seen.sharpness / best) if best else ""
            level = "no level line" if seen.tilt_deg is None else f"leans {seen.tilt_deg:+.1f} deg"
            said = f"sharpness {seen.sharpness:8.1f}  {bar:30}  best {best:8.1f}  {level}"
            picture = cameras.as_jpeg(seen)
            if page is not None:
                page.show(picture, said)
            else:
                _write(folder / "aim.jpg", picture)
            typer.echo(said)
            shown += 1
            if count and shown >= count:
                break


def _write(path: Path, picture: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(picture)
        part.replace(path)
    except OSError as error:
        problem = Mistake("--folder", str(path.parent), f"cannot be written: {error.strerror}")
        raise SettingsError("command line", [problem]) from None


class _Page:
    """The latest picture on loopback, for whoever sits at this computer. Nobody else can reach it."""

    def __init__(self) -> None:
        self.picture, self.said = b"", "waiting for the first picture"
        page = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                kind, body = {
                    "/": ("text/html; charset=utf-8", PAGE),
                    "/aim.jpg": ("image/jpeg", page.picture),
                    "/said": ("text/plain; charset=utf-8", page.said.encode()),
                }.get(path, ("text/plain", b""))
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """The terminal is for the focus."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def show(self, picture: bytes, said: str) -> None:
        self.picture, self.said = picture, said
