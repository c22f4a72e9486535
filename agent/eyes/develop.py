"""A picture from the film: of the many looks that become no evidence none is coded as a JPEG.

To code a look costs more than half of what it costs to see it, and the camera's own packets are kept anyway. So
a look at a stream whose packets are kept is made into a still only when one is ordered, from the same packets, by
the same decoder: pixel for pixel what was looked at.
"""

from agent.eyes import clip
from agent.eyes.packets import PacketRing
from agent.types import Image


def picture_at(packets: PacketRing, mono_ns: int) -> Image | None:
    """The picture stamped `mono_ns`; None where the film does not hold it (any more)."""
    found = packets.until(mono_ns)
    if found is None:
        return None
    codec, needed = found
    for picture in clip.pictures(codec, needed):
        if picture.pts == needed[-1].pts:
            return clip.as_image(picture)
    return None
