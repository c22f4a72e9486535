"""Scenes: bodies, camera, river and light put together; each answers `frame(at_s)`."""
